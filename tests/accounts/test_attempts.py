"""Nobody can keep somebody else from signing in by knowing their address."""

import asyncio
from secrets import token_urlsafe

from shared.db import acquire
from tests.accounts.accounts_client import AGREED, Accounts, Answer, contact
from tests.accounts.test_request_login_code import ask, let_half_a_minute_pass
from tests.accounts.test_start_session import LIN, REFUSED, another


async def begin(accounts: Accounts, address: str = LIN) -> tuple[str, str]:
    """Have a code sent; return it with its attempt."""
    answer = await ask(accounts, address)
    assert answer.status == 202, answer.text
    return accounts.notifications.code_for(address), answer.json["attempt"]


async def sign_in(accounts: Accounts, code: str, attempt: str, address: str = LIN) -> Answer:
    body = {**contact(address), "code": code, "attempt": attempt, **AGREED}
    return await accounts.call("POST", "/v1/sessions", body)


async def test_a_code_signs_in_with_its_attempt_once(accounts: Accounts) -> None:
    code, attempt = await begin(accounts)
    assert (await sign_in(accounts, code, attempt)).status == 201
    for again in (await sign_in(accounts, code, attempt), await accounts.try_code(LIN, code)):
        assert (again.status, again.code) == REFUSED


async def test_wrong_codes_of_a_stranger_leave_the_attempt_alone(accounts: Accounts) -> None:
    code, attempt = await begin(accounts)
    for step in range(1, 8):
        answer = await accounts.try_code(LIN, another(code, step))
        assert (answer.status, answer.code) == REFUSED
    # The stranger has used up their tries: even the right code no longer serves them.
    assert (await accounts.try_code(LIN, code)).status == 422
    assert (await sign_in(accounts, code, attempt)).status == 201


async def test_codes_that_a_stranger_asks_for_leave_the_attempt_alone(accounts: Accounts) -> None:
    code, attempt = await begin(accounts)
    for _ in range(8):
        await let_half_a_minute_pass(accounts.database)
        await begin(accounts)
    assert (await sign_in(accounts, code, attempt)).status == 201


async def test_an_attempt_has_five_tries_also_at_once(accounts: Accounts) -> None:
    code, attempt = await begin(accounts)
    wrong = [sign_in(accounts, another(code, step), attempt) for step in range(1, 21)]
    answers = await asyncio.gather(*wrong)
    assert {(answer.status, answer.code) for answer in answers} == {REFUSED}
    assert (await sign_in(accounts, code, attempt)).status == 422
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select tries from login_codes") == 5


async def test_an_attempt_accepts_only_its_own_code(accounts: Accounts) -> None:
    first_code, first = await begin(accounts)
    await let_half_a_minute_pass(accounts.database)
    second_code, second = await begin(accounts)
    if first_code != second_code:
        assert (await sign_in(accounts, second_code, first)).status == 422
        assert (await sign_in(accounts, first_code, second)).status == 422
    assert (await sign_in(accounts, first_code, first)).status == 201
    assert (await sign_in(accounts, second_code, second)).status == 201


async def test_an_attempt_belongs_to_its_contact(accounts: Accounts) -> None:
    code, attempt = await begin(accounts)
    answer = await sign_in(accounts, code, attempt, "wu@example.com")
    assert (answer.status, answer.code) == REFUSED
    answer = await sign_in(accounts, code, token_urlsafe(32))
    assert (answer.status, answer.code) == REFUSED
    assert (await sign_in(accounts, code, "short")).code == "invalid_request"
    assert (await sign_in(accounts, code, attempt)).status == 201


async def test_an_attempt_ends_with_its_code(accounts: Accounts) -> None:
    code, attempt = await begin(accounts)
    for _ in range(10):
        await let_half_a_minute_pass(accounts.database)
    answer = await sign_in(accounts, code, attempt)
    assert (answer.status, answer.code) == REFUSED

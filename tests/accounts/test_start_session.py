import asyncio
from uuid import UUID

from services.accounts.domain.login_codes import CodeHasher
from shared.contracts.accounts import AccountRegistered
from shared.db import acquire
from tests.accounts.accounts_client import Accounts

LIN = "lin@example.com"
REFUSED = (422, "login_code_not_accepted")


def another(code: str, step: int = 1) -> str:
    return f"{(int(code) + step) % 10**6:06d}"


async def test_the_right_code_signs_in_and_registers_the_account(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    answer = await accounts.try_code(LIN, code)
    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    session = answer.json
    assert session["roles"] == ["visitor"]
    assert session["organisations"] == []
    me = await accounts.call("GET", "/v1/me", token=session["access_token"])
    assert me.json["account_id"] == session["account_id"]
    assert me.json["email"] == LIN


async def test_registration_is_told_once(accounts: Accounts) -> None:
    first = await accounts.sign_in(LIN)
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
    second = await accounts.sign_in(LIN)
    assert first["account_id"] == second["account_id"]
    async with acquire(accounts.database) as conn:
        (event,) = await conn.fetch("select * from outbox")
    assert event["subject"] == UUID(first["account_id"])
    assert (event["type"], event["version"]) == (AccountRegistered.event_type, 1)
    told = AccountRegistered.model_validate_json(event["payload"])
    assert told.account_id == UUID(first["account_id"])


async def test_a_new_account_speaks_the_language_of_its_first_sign_in(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    session = (await accounts.try_code(LIN, code, **{"Accept-Language": "en"})).json
    me = await accounts.call("GET", "/v1/me", token=session["access_token"])
    assert me.json["language"] == "en"


async def test_a_code_is_used_once(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    assert (await accounts.try_code(LIN, code)).status == 201
    again = await accounts.try_code(LIN, code)
    assert (again.status, again.code) == REFUSED


async def test_two_people_with_one_code_get_one_session(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    answers = await asyncio.gather(*(accounts.try_code(LIN, code) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201] + [422] * 7
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from sessions") == 1


async def test_five_wrong_tries_end_a_code(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    for step in range(1, 6):
        answer = await accounts.try_code(LIN, another(code, step))
        assert (answer.status, answer.code) == REFUSED
    assert (await accounts.try_code(LIN, code)).status == 422


async def test_the_fifth_try_may_still_be_right(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    for step in range(1, 5):
        await accounts.try_code(LIN, another(code, step))
    assert (await accounts.try_code(LIN, code)).status == 201


async def test_twenty_wrong_tries_at_once_count_as_twenty(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    wrong = [accounts.try_code(LIN, another(code, step)) for step in range(1, 21)]
    answers = await asyncio.gather(*wrong)
    assert {(answer.status, answer.code) for answer in answers} == {REFUSED}
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select open_tries from login_codes") == 5
    assert (await accounts.try_code(LIN, code)).status == 422


async def test_a_code_lives_five_minutes_by_the_databases_clock(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update login_codes set sent_at = sent_at - interval '5 minutes',"
            " expires_at = expires_at - interval '5 minutes'"
        )
    answer = await accounts.try_code(LIN, code)
    assert (answer.status, answer.code) == REFUSED


async def test_a_code_belongs_to_its_contact(accounts: Accounts) -> None:
    lin, wu = await accounts.ask_code(LIN), await accounts.ask_code("wu@example.com")
    if lin != wu:
        assert (await accounts.try_code("wu@example.com", lin)).status == 422
    assert (await accounts.try_code("nobody@example.com", lin)).status == 422


def test_a_hash_is_bound_to_code_contact_purpose_and_sending() -> None:
    hasher = CodeHasher(b"k" * 32)
    one, two = UUID(int=1), UUID(int=2)
    hashes = {
        hasher.hash("123456", code_id=one, contact_index=b"a" * 32, purpose="login"),
        hasher.hash("123457", code_id=one, contact_index=b"a" * 32, purpose="login"),
        hasher.hash("123456", code_id=two, contact_index=b"a" * 32, purpose="login"),
        hasher.hash("123456", code_id=one, contact_index=b"b" * 32, purpose="login"),
        CodeHasher(b"x" * 32).hash("123456", code_id=one, contact_index=b"a" * 32, purpose="login"),
    }
    assert len(hashes) == 5


async def test_every_refusal_looks_the_same(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    wrong = await accounts.try_code(LIN, another(code))
    never_asked = await accounts.try_code("nobody@example.com", code)
    members = ("type", "title", "status", "detail", "code", "instance")
    assert [wrong.json[name] for name in members] == [never_asked.json[name] for name in members]
    assert wrong.json.keys() == never_asked.json.keys()


async def test_what_is_not_six_digits_costs_no_try(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    for typed in ("12345", "1234567", "12345a", "12345\n", "-12345", ""):
        answer = await accounts.try_code(LIN, typed)
        assert (answer.status, answer.code) == (422, "invalid_request")
        assert answer.json["errors"][0]["code"] == "code_malformed"
    assert (await accounts.try_code(LIN, code)).status == 201


async def test_a_code_may_be_typed_with_spaces_or_in_full_width(accounts: Accounts) -> None:
    code = await accounts.ask_code(LIN)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert (await accounts.try_code(LIN, f" {wide[:3]} {code[3:]}")).status == 201


async def test_the_named_contacts_are_of_the_office(accounts: Accounts) -> None:
    session = await accounts.sign_in("office@xiangyou.example")
    assert session["roles"] == ["office_director", "visitor"]


async def test_a_closed_account_is_turned_away(accounts: Accounts) -> None:
    await accounts.sign_in(LIN)
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
        await conn.execute("update accounts set deactivated_at = now()")
    answer = await accounts.try_code(LIN, await accounts.ask_code(LIN))
    assert (answer.status, answer.code) == (403, "account_deactivated")

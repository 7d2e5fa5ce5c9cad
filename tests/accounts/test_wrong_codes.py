"""Whoever guesses codes for weeks gets nowhere, and the contact's owner signs in all the same."""

from uuid import UUID

from services.accounts.domain.login_codes import (
    MOST_WRONG_A_WEEK,
    SENDS_A_DAY,
    TRIES_UNDER_ATTACK,
)
from services.accounts.erasing import erase
from services.accounts.jobs.delete_expired_codes import delete_expired_codes
from shared.db import acquire, transaction
from tests.accounts.accounts_client import Accounts, contact
from tests.accounts.test_attempts import begin, sign_in
from tests.accounts.test_request_login_code import let_half_a_minute_pass
from tests.accounts.test_start_session import LIN, another


async def attack(accounts: Accounts) -> None:
    """Guess wrongly, as often as a week allows."""
    guesses = 0
    while guesses < MOST_WRONG_A_WEEK:
        code, attempt = await begin(accounts)
        for step in range(1, 6):
            assert (await sign_in(accounts, another(code, step), attempt)).status == 422
            assert (await accounts.try_code(LIN, another(code, step))).status == 422
            guesses += 2
        await let_half_a_minute_pass(accounts.database)


async def test_after_many_wrong_codes_in_a_week_each_code_takes_one_try(
    accounts: Accounts,
) -> None:
    await attack(accounts)
    code, attempt = await begin(accounts)
    # Who lacks the attempt tries nothing any more, so that one code is one guess.
    assert (await accounts.try_code(LIN, code)).code == "login_code_not_accepted"
    assert (await sign_in(accounts, another(code), attempt)).status == 422
    assert (await sign_in(accounts, code, attempt)).code == "login_code_not_accepted"


async def test_the_owner_of_an_attacked_address_signs_in_with_their_own_code(
    accounts: Accounts,
) -> None:
    await attack(accounts)
    code, attempt = await begin(accounts)
    assert (await sign_in(accounts, code, attempt)).status == 201


async def test_after_a_week_all_is_as_before(accounts: Accounts) -> None:
    await attack(accounts)
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update wrong_codes set window_started_at = window_started_at - interval '7 days'"
        )
    code, attempt = await begin(accounts)
    assert (await sign_in(accounts, another(code), attempt)).status == 422
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select tries from wrong_codes") == 1
    assert (await sign_in(accounts, code, attempt)).status == 201
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update wrong_codes set window_started_at = window_started_at - interval '8 days'"
        )
    await delete_expired_codes(accounts.app)
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from wrong_codes") == 0


def test_a_year_of_guessing_finds_one_account_in_a_hundred_at_most() -> None:
    a_week = MOST_WRONG_A_WEEK + 7 * SENDS_A_DAY * TRIES_UNDER_ATTACK
    assert 52 * a_week / 10**6 < 0.01


async def test_wrong_codes_to_add_an_address_hinder_nobody_who_signs_in_with_it(
    accounts: Accounts,
) -> None:
    stranger = await accounts.sign_in("wu@example.com")
    token, guesses = stranger["access_token"], 0
    while guesses < MOST_WRONG_A_WEEK:
        asked = await accounts.call("POST", "/v1/me/contact-codes", contact(LIN), token=token)
        code = accounts.notifications.code_for(LIN)
        for step in range(1, 6):
            body = {**contact(LIN), "code": another(code, step), "attempt": asked.json["attempt"]}
            answer = await accounts.call("POST", "/v1/me/contacts", body, token=token)
            assert answer.code == "login_code_not_accepted"
            guesses += 1
        await let_half_a_minute_pass(accounts.database)
    code, attempt = await begin(accounts)
    assert (await sign_in(accounts, another(code), attempt)).status == 422
    session = await sign_in(accounts, code, attempt)
    assert session.status == 201
    # And all of it is forgotten with whoever has the address.
    async with transaction(accounts.database) as conn:
        await erase(conn, UUID(session.json["account_id"]))
        assert await conn.fetchval("select count(*) from wrong_codes") == 0

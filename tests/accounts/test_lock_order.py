"""Whatever ends somebody's sign-ins and whoever is signing in lock in one order: account first."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from shared.db import Connection, acquire, transaction
from tests.accounts.accounts_client import OFFICE_EMAIL, Accounts, Json
from tests.accounts.software_authenticator import SoftwareAuthenticator
from tests.accounts.test_passkeys import add, sign_in

T = TypeVar("T")

# What pg_stat_activity says stays the same within a transaction.
WAITING = "select exists (select from pg_locks where not granted)"


async def lock_as_a_reset_does(conn: Connection, session: Json) -> None:
    await conn.execute("set local lock_timeout = '2s'")
    await conn.execute(
        "select 1 from accounts where id = $1::text::uuid for no key update", session["account_id"]
    )


async def begun(conn: Connection, attempt: Awaitable[T]) -> "asyncio.Task[T]":
    """Let somebody try, and come back when they wait for the account."""
    task = asyncio.ensure_future(attempt)
    async with asyncio.timeout(20):
        while not await conn.fetchval(WAITING):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)
    return task


async def test_a_reset_takes_a_passkey_away_from_under_somebody_who_signs_in_with_it(
    accounts: Accounts,
) -> None:
    passkey = SoftwareAuthenticator()
    session = await accounts.sign_in(OFFICE_EMAIL)
    assert (await add(accounts, session["access_token"], passkey)).status == 201
    async with transaction(accounts.database) as conn:
        await lock_as_a_reset_does(conn, session)
        signing_in = await begun(conn, sign_in(accounts, passkey))
        # Nothing of the account's is held by whoever waits for it.
        await conn.execute("delete from passkeys")
    answer = await signing_in
    assert (answer.status, answer.code) == (422, "passkey_not_accepted")


async def test_a_session_ends_under_somebody_who_renews_it(accounts: Accounts) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    async with acquire(accounts.database) as conn:
        # The setting names them: they join the office again at the renewal.
        await conn.execute("delete from office_members")
    async with transaction(accounts.database) as conn:
        await lock_as_a_reset_does(conn, session)
        renewing = await begun(conn, accounts.renew(session["session_token"]))
        await conn.execute(
            "update sessions set revoked_at = now(), revoked_because = 'ended_elsewhere'"
        )
    assert (await renewing).status == 401


async def test_a_number_leaves_the_account_under_somebody_who_signs_in_with_it(
    accounts: Accounts,
) -> None:
    phone = "+8613800138000"
    session = await accounts.sign_in(phone)
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
    code = await accounts.ask_code(phone)
    async with transaction(accounts.database) as conn:
        await lock_as_a_reset_does(conn, session)
        signing_in = await begun(conn, accounts.try_code(phone, code))
        await conn.execute("delete from contact_points where channel = 'phone'")
    answer = await signing_in
    assert (answer.status, answer.code) == (422, "login_code_not_accepted")
    # Whoever has the number now begins an account of their own, by the same code.
    anew = await accounts.try_code(phone, code)
    assert anew.status == 201
    assert anew.json["account_id"] != session["account_id"]


async def test_resets_and_sign_ins_at_once_all_come_to_an_end(accounts: Accounts) -> None:
    passkey = SoftwareAuthenticator()
    director = await accounts.sign_in(OFFICE_EMAIL)
    person = await accounts.enrol(await accounts.sign_in("lin@example.com"))
    added = await add(accounts, person["access_token"], passkey)
    path = f"/v1/accounts/{person['account_id']}/second-factor-resets"
    reset, *signed_in = await asyncio.gather(
        accounts.call("POST", path, {"reason": "x"}, token=director["access_token"]),
        *(sign_in(accounts, passkey) for _ in range(4)),
        *(accounts.renew(added.json["session"]["session_token"]) for _ in range(4)),
    )
    assert reset.status == 201
    assert {answer.status for answer in signed_in} <= {201, 401, 422}

"""People change the contacts that they sign in with, and nobody does it for them."""

import asyncio
from typing import Any

import pytest

from shared.db import acquire
from tests.accounts.accounts_client import (
    OFFICE_EMAIL,
    Accounts,
    Answer,
    Json,
    Notifications,
    contact,
    serve_accounts,
)
from tests.conftest import DatabaseUrl

LIN, OTHER = "lin@example.com", "lin.new@example.com"
PHONE, NEW_PHONE = "+8613800138000", "+8613900139000"
CODES, CONTACTS = "/v1/me/contact-codes", "/v1/me/contacts"


async def ask(accounts: Accounts, session: Json, address: str) -> Answer:
    return await accounts.call("POST", CODES, contact(address), token=session["access_token"])


async def change(accounts: Accounts, session: Json, address: str, **changes: Any) -> Answer:
    """Add a contact as its owner would: ask for a code, read it, type it."""
    asked = await ask(accounts, session, address)
    assert asked.status == 202, asked.text
    body = {
        **contact(address),
        "code": accounts.notifications.code_for(address),
        "attempt": asked.json["attempt"],
        **changes,
    }
    return await accounts.call("POST", CONTACTS, body, token=session["access_token"])


async def remove(accounts: Accounts, session: Json, channel: str) -> Answer:
    return await accounts.call("DELETE", f"{CONTACTS}/{channel}", token=session["access_token"])


async def let_codes_be_sent(accounts: Accounts) -> None:
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")


async def let_minutes_pass(accounts: Accounts, minutes: int) -> None:
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update sessions set created_at = created_at - make_interval(mins => $1),"
            " second_factor_at = second_factor_at - make_interval(mins => $1)",
            minutes,
        )


async def test_a_further_contact_signs_in_to_the_same_account(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    changed = await change(accounts, session, PHONE)
    assert changed.status == 201
    assert (changed.json["email"], changed.json["phone"]) == (LIN, PHONE)
    await let_codes_be_sent(accounts)
    for address in (LIN, PHONE):
        assert (await accounts.sign_in(address))["account_id"] == session["account_id"]


async def test_a_new_number_takes_the_place_of_the_old_one_and_ends_its_sessions(
    accounts: Accounts,
) -> None:
    elsewhere = await accounts.sign_in(PHONE)
    await let_codes_be_sent(accounts)
    here = await accounts.sign_in(PHONE)
    changed = await change(accounts, here, NEW_PHONE)
    assert (changed.status, changed.json["phone"]) == (201, NEW_PHONE)
    assert (await accounts.renew(elsewhere["session_token"])).status == 401
    assert (await accounts.renew(here["session_token"])).status == 201
    await let_codes_be_sent(accounts)
    # Whoever gets the old number gets an account of their own.
    assert (await accounts.sign_in(PHONE))["account_id"] != here["account_id"]
    assert (await accounts.sign_in(NEW_PHONE))["account_id"] == here["account_id"]


async def test_a_removed_contact_no_longer_signs_in_and_the_last_one_stays(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(LIN)
    refused = await remove(accounts, session, "email")
    assert (refused.status, refused.code) == (409, "last_contact")
    assert (await remove(accounts, session, "phone")).status == 404
    await change(accounts, session, PHONE)
    assert (await remove(accounts, session, "email")).status == 204
    assert (await remove(accounts, session, "email")).status == 404
    assert (await remove(accounts, session, "phone")).code == "last_contact"
    await let_codes_be_sent(accounts)
    assert (await accounts.sign_in(LIN))["account_id"] != session["account_id"]


async def test_of_two_removals_at_once_one_contact_stays(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    await change(accounts, session, PHONE)
    answers = await asyncio.gather(
        *(remove(accounts, session, channel) for channel in ("email", "phone"))
    )
    assert sorted(answer.status for answer in answers) == [204, 409]
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from contact_points") == 1


async def test_a_contact_of_another_account_stays_there(accounts: Accounts) -> None:
    other = await accounts.sign_in(OTHER)
    session = await accounts.sign_in(LIN)
    await let_codes_be_sent(accounts)
    refused = await change(accounts, session, OTHER)
    assert (refused.status, refused.code) == (409, "contact_taken")
    # An invitation may have made that account, which its person never used.
    assert "谢绝邀请" in refused.json["detail"]
    # Or the number was somebody else's, and so is the account.
    assert "什么都不要改" in refused.json["detail"]
    me = await accounts.call("GET", "/v1/me", token=session["access_token"])
    assert me.json["email"] == LIN
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from contact_notices") == 0
    await let_codes_be_sent(accounts)
    assert (await accounts.sign_in(OTHER))["account_id"] == other["account_id"]


async def test_of_two_people_who_add_one_number_at_once_one_gets_it(accounts: Accounts) -> None:
    sessions = [await accounts.sign_in(address) for address in (LIN, OTHER)]
    bodies = []
    for session in sessions:
        asked = await ask(accounts, session, PHONE)
        code = accounts.notifications.code_for(PHONE)
        bodies.append({**contact(PHONE), "code": code, "attempt": asked.json["attempt"]})
        async with acquire(accounts.database) as conn:
            await conn.execute("update login_code_sends set next_send_at = now()")
    answers = await asyncio.gather(
        *(
            accounts.call("POST", CONTACTS, body, token=session["access_token"])
            for session, body in zip(sessions, bodies, strict=True)
        )
    )
    assert sorted(answer.status for answer in answers) == [201, 409]


async def test_a_wrong_code_changes_nothing_and_has_five_tries(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    asked = await ask(accounts, session, PHONE)
    code = accounts.notifications.code_for(PHONE)
    body = {**contact(PHONE), "attempt": asked.json["attempt"]}
    token = session["access_token"]
    for step in range(1, 6):
        wrong = f"{(int(code) + step) % 10**6:06d}"
        answer = await accounts.call("POST", CONTACTS, {**body, "code": wrong}, token=token)
        assert (answer.status, answer.code) == (422, "login_code_not_accepted")
    answer = await accounts.call("POST", CONTACTS, {**body, "code": code}, token=token)
    assert answer.code == "login_code_not_accepted"


async def test_a_code_for_signing_in_adds_no_contact_and_the_other_way_round(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(LIN)
    asked = await accounts.call("POST", "/v1/login-codes", contact(PHONE))
    code = accounts.notifications.code_for(PHONE)
    body = {**contact(PHONE), "code": code, "attempt": asked.json["attempt"]}
    answer = await accounts.call("POST", CONTACTS, body, token=session["access_token"])
    assert answer.code == "login_code_not_accepted"
    await ask(accounts, session, NEW_PHONE)
    code = accounts.notifications.code_for(NEW_PHONE)
    assert (await accounts.try_code(NEW_PHONE, code)).code == "login_code_not_accepted"


async def test_an_open_browser_changes_no_contact(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    await let_minutes_pass(accounts, 16)
    for answer in (await ask(accounts, session, PHONE), await remove(accounts, session, "email")):
        assert (answer.status, answer.code) == (403, "fresh_sign_in_needed")
    body = {**contact(PHONE), "code": "123456", "attempt": "a" * 43}
    answer = await accounts.call("POST", CONTACTS, body, token=session["access_token"])
    assert (answer.status, answer.code) == (403, "fresh_sign_in_needed")
    assert accounts.notifications.messages[-1]["address"] == LIN


async def test_who_has_a_second_factor_shows_it_first(accounts: Accounts) -> None:
    await accounts.enrol(await accounts.sign_in(LIN))
    await let_codes_be_sent(accounts)
    session = await accounts.sign_in_with_code(LIN)
    refused = await ask(accounts, session, PHONE)
    assert (refused.status, refused.code) == (403, "fresh_second_factor_needed")
    shown = await accounts.show_second_factor(session)
    assert (await change(accounts, shown, PHONE)).status == 201


@pytest.mark.parametrize(("method", "path"), [("POST", CODES), ("POST", CONTACTS)])
async def test_contacts_are_ones_own(accounts: Accounts, method: str, path: str) -> None:
    service = await accounts.service_token("web")
    for token, status in ((None, 401), (service, 403)):
        assert (await accounts.call(method, path, contact(PHONE), token=token)).status == status
        assert (await accounts.call("DELETE", f"{CONTACTS}/email", token=token)).status == status


async def test_the_account_says_that_it_has_changed(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    token = session["access_token"]
    before = (await accounts.call("GET", "/v1/me", token=token)).headers["ETag"]
    after = (await change(accounts, session, PHONE)).headers["ETag"]
    assert before != after
    # The same contact once more changes nothing.
    await let_codes_be_sent(accounts)
    assert (await change(accounts, session, PHONE)).headers["ETag"] == after
    async with acquire(accounts.database) as conn:
        told = await conn.fetch("select payload from outbox where type like 'audit%'")
    assert sum("account.contact_added" in str(row["payload"]) for row in told) == 1


async def test_the_address_that_makes_somebody_a_director_stays_with_them(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    assert (await change(accounts, session, PHONE)).status == 201
    removed = await remove(accounts, session, "email")
    assert (removed.status, removed.code) == (409, "named_by_setting")
    # Nobody waits for a code that could change nothing.
    asked = await ask(accounts, session, OTHER)
    assert (asked.status, asked.code) == (409, "named_by_setting")
    assert OTHER not in {one["address"] for one in accounts.notifications.messages}
    code_of_others = (await ask(accounts, await accounts.sign_in(LIN), OTHER)).json["attempt"]
    typed = {"code": accounts.notifications.code_for(OTHER), "attempt": code_of_others}
    token = session["access_token"]
    replaced = await accounts.call("POST", CONTACTS, {**contact(OTHER), **typed}, token=token)
    assert (replaced.status, replaced.code) == (409, "named_by_setting")
    assert (await remove(accounts, session, "phone")).status == 204
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from contact_points") == 2
        # Nothing is told of what did not happen.
        told = await conn.fetch("select distinct change from contact_notices")
    assert {row["change"] for row in told} == {"added", "removed"}
    assert "office_director" in (await accounts.renew(session["session_token"])).json["roles"]


async def test_of_two_addresses_that_the_settings_name_one_may_go(
    database_url: DatabaseUrl, notifications: Notifications
) -> None:
    named = f"{OFFICE_EMAIL},{PHONE},{OTHER}"
    async with serve_accounts(
        notifications, database_url=database_url("accounts"), office_contacts=named
    ) as accounts:
        session = await accounts.sign_in(OFFICE_EMAIL)
        # In its place comes another one that they name.
        assert (await change(accounts, session, OTHER)).status == 201
        assert (await change(accounts, session, PHONE)).status == 201
        assert (await remove(accounts, session, "email")).status == 204

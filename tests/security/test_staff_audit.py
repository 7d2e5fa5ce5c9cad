"""How staff sign in is for others to check: each change of it leaves an entry in the audit log."""

from collections.abc import AsyncIterator

import pytest

from shared.db import acquire
from tests.accounts.accounts_client import (
    OFFICE_EMAIL,
    Accounts,
    Json,
    Notifications,
    serve_accounts,
    serve_notifications,
)
from tests.accounts.software_authenticator import SoftwareAuthenticator
from tests.accounts.test_passkeys import add
from tests.conftest import DatabaseUrl

LIN = "lin@example.com"
FACTORS = "/v1/me/second-factors"
TOLD = """
select
    payload ->> 'action' as action, payload ->> 'actor_kind' as kind, payload ->> 'actor' as actor,
    payload ->> 'subject' as subject, (payload -> 'details')::jsonb as details
from outbox
where topic = 'accounts.audit'
order by position
"""


@pytest.fixture
async def notifications() -> AsyncIterator[Notifications]:
    async with serve_notifications() as peer:
        yield peer


@pytest.fixture
async def accounts(
    database_url: DatabaseUrl, notifications: Notifications
) -> AsyncIterator[Accounts]:
    async with serve_accounts(notifications, database_url=database_url("accounts")) as running:
        yield running


async def told(accounts: Accounts) -> list[Json]:
    async with acquire(accounts.database) as conn:
        return [dict(row) for row in await conn.fetch(TOLD)]


async def factors_come_and_go(accounts: Accounts, session: Json) -> str:
    """Add a passkey, make new codes, and remove both factors; return what was secret in it."""
    authenticator = SoftwareAuthenticator()
    added = await add(accounts, session["access_token"], authenticator, "林的手机")
    assert added.status == 201, added.text
    token = added.json["session"]["access_token"]
    codes = await accounts.call("POST", f"{FACTORS}/recovery-codes", token=token)
    assert codes.status == 201, codes.text
    assert (await accounts.call("DELETE", f"{FACTORS}/totp", token=token)).status == 204
    listed = await accounts.call("GET", FACTORS, token=token)
    [passkey] = listed.json["passkeys"]
    path = f"/v1/me/passkeys/{passkey['passkey_id']}"
    assert (await accounts.call("DELETE", path, token=token)).status == 204
    return str(codes.json["recovery_codes"][0])


async def test_every_change_of_an_officers_second_factors_is_written_down(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    secret = await factors_come_and_go(accounts, session)
    entries = [entry for entry in await told(accounts) if entry["kind"] != "system"]
    assert [(entry["action"], entry["kind"]) for entry in entries] == [
        ("authenticator.confirmed", "office"),
        ("passkey.added", "office"),
        ("recovery_codes.replaced", "office"),
        ("authenticator.removed", "office"),
        ("passkey.removed", "office"),
    ]
    account = session["account_id"]
    assert {entry["actor"] for entry in entries} == {f"account:{account}"}
    assert {entry["subject"] for entry in entries} == {account}
    assert secret not in str(entries)
    assert "林的手机" not in str(entries)


async def test_an_operators_are_written_down_as_a_persons(accounts: Accounts) -> None:
    await accounts.register(await accounts.sign_in(LIN))
    entries = [entry for entry in await told(accounts) if entry["action"].endswith(".confirmed")]
    assert [entry["kind"] for entry in entries] == ["person"]


async def test_a_visitors_are_nobody_elses_business(accounts: Accounts) -> None:
    session = await accounts.enrol(await accounts.sign_in(LIN))
    await factors_come_and_go(accounts, session)
    assert await told(accounts) == []


async def test_whom_the_setting_appoints_or_dismisses_is_written_down_once(
    database_url: DatabaseUrl, notifications: Notifications
) -> None:
    url = database_url("accounts")
    async with serve_accounts(notifications, database_url=url, office_contacts=LIN) as accounts:
        session = await accounts.sign_in_with_code(LIN)
        session = (await accounts.renew(session["session_token"])).json
        expected = ("officer.appointed", "system", session["account_id"], {"by_setting": True})
        assert [entry_of(entry) for entry in await told(accounts)] == [expected]
    async with serve_accounts(notifications, database_url=url) as accounts:
        for _ in range(2):
            session = (await accounts.renew(session["session_token"])).json
        assert session["roles"] == ["visitor"]
        assert [entry_of(entry) for entry in await told(accounts)] == [
            expected,
            ("officer.dismissed", *expected[1:]),
        ]


def entry_of(entry: Json) -> tuple[str, str, str, Json]:
    return entry["action"], entry["kind"], entry["subject"], entry["details"]

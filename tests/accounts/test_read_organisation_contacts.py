"""Whom to write to about an organisation: its owners and managers, each reading on the record."""

from uuid import UUID, uuid4

import pytest

from shared.db import acquire, transaction
from tests.accounts.accounts_client import Accounts, Answer

OWNER = "owner@example.com"
MANAGER = "manager@example.com"
GATE = "gate@example.com"
ELSEWHERE = "elsewhere@example.com"


async def read(
    accounts: Accounts, token: str | None, organisation_id: str, query: str = ""
) -> Answer:
    path = f"/v1/organisations/{organisation_id}/contacts{query}"
    return await accounts.call("GET", path, token=token, headers={"X-Read-Reason": "licence.due"})


async def organisation(accounts: Accounts, venue_id: UUID) -> str:
    """Return an organisation with an owner, and three whose roles are limited to some venues."""
    organisation_id = uuid4()
    ids = {}
    for email in (OWNER, MANAGER, GATE, ELSEWHERE):
        ids[email] = UUID((await accounts.sign_in(email))["account_id"])
    roles = (
        (OWNER, "owner", None),
        (MANAGER, "manager", [venue_id]),
        (GATE, "gate", None),
        (ELSEWHERE, "manager", [uuid4()]),
    )
    async with transaction(accounts.database) as conn:
        await conn.execute(
            "insert into organisations (id, name, created_by) values ($1, 'x', $2)",
            organisation_id,
            ids[OWNER],
        )
        for email, role, venues in roles:
            await conn.execute(
                "insert into organisation_members"
                " (organisation_id, account_id, added_by, role, venues, accepted_at)"
                " values ($1, $2, $2, $3, $4, now())",
                organisation_id,
                ids[email],
                role,
                venues,
            )
    return str(organisation_id)


async def test_owners_and_managers_are_told_and_each_reading_is_recorded(
    accounts: Accounts,
) -> None:
    venue_id = uuid4()
    organisation_id = await organisation(accounts, venue_id)
    token = await accounts.service_token("notifications")
    answer = await read(accounts, token, organisation_id, f"?venue_id={venue_id}")
    assert {one["email"] for one in answer.json["items"]} == {OWNER, MANAGER}
    assert {one["language"] for one in answer.json["items"]} == {"zh"}
    assert answer.headers["Cache-Control"] == "no-store"
    async with acquire(accounts.database) as conn:
        records = await conn.fetch("select account_id, reader, reason from personal_data_reads")
    assert {str(one["account_id"]) for one in records} == {
        one["account_id"] for one in answer.json["items"]
    }
    assert {(one["reader"], one["reason"]) for one in records} == {
        ("service:notifications", "licence.due")
    }
    everybody = await read(accounts, token, organisation_id)
    assert {one["email"] for one in everybody.json["items"]} == {OWNER, MANAGER, ELSEWHERE}


async def test_who_was_deactivated_is_not_told_of(accounts: Accounts) -> None:
    organisation_id = await organisation(accounts, uuid4())
    async with transaction(accounts.database) as conn:
        await conn.execute("update accounts set deactivated_at = now()")
    token = await accounts.service_token("notifications")
    assert (await read(accounts, token, organisation_id)).json["items"] == []


async def test_who_was_only_invited_is_not_told_of(accounts: Accounts) -> None:
    organisation_id = await organisation(accounts, uuid4())
    async with transaction(accounts.database) as conn:
        await conn.execute("update organisation_members set accepted_at = null")
    token = await accounts.service_token("notifications")
    assert (await read(accounts, token, organisation_id)).json["items"] == []


async def test_an_organisation_that_does_not_exist_has_nobody(accounts: Accounts) -> None:
    token = await accounts.service_token("notifications")
    answer = await read(accounts, token, str(uuid4()))
    assert (answer.status, answer.json["items"]) == (200, [])


@pytest.mark.parametrize("service", ["bookings", "venues", "statistics", "web"])
async def test_no_other_service_may_read(accounts: Accounts, service: str) -> None:
    organisation_id = await organisation(accounts, uuid4())
    token = await accounts.service_token(service)
    assert (await read(accounts, token, organisation_id)).status == 403
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from personal_data_reads") == 0


async def test_people_may_not_read(accounts: Accounts) -> None:
    organisation_id = await organisation(accounts, uuid4())
    person = (await accounts.sign_in("visitor@example.com"))["access_token"]
    assert (await read(accounts, person, organisation_id)).status == 403
    assert (await read(accounts, None, organisation_id)).status == 401


async def test_a_reading_without_a_reason_is_refused(accounts: Accounts) -> None:
    token = await accounts.service_token("notifications")
    answer = await accounts.call("GET", f"/v1/organisations/{uuid4()}/contacts", token=token)
    assert answer.status == 422

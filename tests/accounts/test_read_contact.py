from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.db import acquire
from tests.accounts.accounts_client import Accounts, Answer

LIN = "lin@example.com"


async def read(
    accounts: Accounts, token: str | None, account_id: str, reason: str | None = "order.confirmed"
) -> Answer:
    headers = {} if reason is None else {"X-Read-Reason": reason}
    path = f"/v1/accounts/{account_id}/contact"
    return await accounts.call("GET", path, token=token, headers=headers)


async def count_reads(accounts: Accounts) -> int:
    async with acquire(accounts.database) as conn:
        return int(await conn.fetchval("select count(*) from personal_data_reads"))


async def test_a_service_reads_how_to_reach_a_person_and_that_is_recorded(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(LIN)
    await accounts.call("PATCH", "/v1/me", {"name": "林小满"}, token=session["access_token"])
    token = await accounts.service_token("notifications")
    answer = await read(accounts, token, session["account_id"])
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        "account_id": session["account_id"],
        "name": "林小满",
        "email": LIN,
        "phone": None,
        "language": "zh",
    }
    async with acquire(accounts.database) as conn:
        (record,) = await conn.fetch("select * from personal_data_reads")
    assert record["account_id"] == UUID(session["account_id"])
    assert record["reader"] == "service:notifications"
    assert record["reason"] == "order.confirmed"


async def test_only_notifications_and_bookings_may_read(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    office = await accounts.office_token()
    bookings = await accounts.service_token("bookings")
    assert (await read(accounts, bookings, session["account_id"])).status == 200
    for service in ("venues", "statistics", "web"):
        token = await accounts.service_token(service)
        assert (await read(accounts, token, session["account_id"])).status == 403
    for person in (session["access_token"], office):
        assert (await read(accounts, person, session["account_id"])).status == 403
    assert (await read(accounts, None, session["account_id"])).status == 401
    assert await count_reads(accounts) == 1


async def test_nothing_is_told_without_a_reason(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    token = await accounts.service_token("bookings")
    for reason in (None, "", "because Lin asked", "Order", "a" * 101, "order.confirmed!"):
        answer = await read(accounts, token, session["account_id"], reason)
        assert (answer.status, answer.code) == (422, "invalid_request")
        assert answer.json["errors"][0]["field"] == "/X-Read-Reason"
        assert LIN not in answer.text
    assert await count_reads(accounts) == 0


async def test_an_account_that_does_not_exist_leaves_no_record(accounts: Accounts) -> None:
    token = await accounts.service_token("bookings")
    answer = await read(accounts, token, str(uuid4()))
    assert (answer.status, answer.code) == (404, "not_found")
    assert (await read(accounts, token, "7")).status == 422
    assert await count_reads(accounts) == 0


async def test_a_closed_account_is_not_told(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    async with acquire(accounts.database) as conn:
        await conn.execute("update accounts set deactivated_at = now()")
    token = await accounts.service_token("bookings")
    assert (await read(accounts, token, session["account_id"])).status == 404


@pytest.mark.parametrize(
    "statement",
    [
        "update personal_data_reads set reason = 'other'",
        "delete from personal_data_reads",
        "truncate personal_data_reads",
    ],
)
async def test_the_service_can_take_no_record_back(accounts: Accounts, statement: str) -> None:
    async with acquire(accounts.database) as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement)

"""Whoever has an account is told that its contacts have changed, by all that there were."""

import asyncio

import structlog

from services.accounts.jobs.send_contact_notices import send_contact_notices
from shared.db import acquire
from tests.accounts.accounts_client import Accounts
from tests.accounts.test_changing_contacts import LIN, NEW_PHONE, OTHER, PHONE, change


async def test_every_contact_that_there_was_is_told_what_changed(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    await change(accounts, session, PHONE)
    await change(accounts, session, NEW_PHONE)
    await send_contact_notices(accounts.app)
    told = {
        (one["address"], one["change"], one["changed"]) for one in accounts.notifications.notices
    }
    assert told == {(LIN, "added", "sms"), (LIN, "replaced", "sms"), (PHONE, "replaced", "sms")}
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from contact_notices") == 0


async def test_what_nobody_took_over_is_told_a_minute_later_and_given_up_after_a_day(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(LIN)
    await change(accounts, session, PHONE)
    accounts.notifications.status = 503
    await send_contact_notices(accounts.app)
    accounts.notifications.status = 202
    await send_contact_notices(accounts.app)
    assert len(accounts.notifications.notices) == 1
    async with acquire(accounts.database) as conn:
        await conn.execute("update contact_notices set next_try_at = now()")
        await send_contact_notices(accounts.app)
        assert len(accounts.notifications.notices) == 2
        await change(accounts, session, OTHER)
        accounts.notifications.status = 503
        await conn.execute(
            "update contact_notices set created_at = created_at - interval '25 hours'"
        )
    await send_contact_notices(accounts.app)
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from contact_notices") == 0


async def test_what_is_refused_for_good_is_not_tried_again(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    await change(accounts, session, PHONE)
    accounts.notifications.status = 409
    with structlog.testing.capture_logs() as logs:
        await send_contact_notices(accounts.app)
    refused = [log for log in logs if log["event"] == "message.refused"]
    assert [log["kind"] for log in refused] == ["contact_notice"]
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from contact_notices") == 0


async def test_what_was_not_understood_is_told_once_it_is(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    await change(accounts, session, PHONE)
    accounts.notifications.status = 422
    await send_contact_notices(accounts.app)
    accounts.notifications.status = 202
    async with acquire(accounts.database) as conn:
        await conn.execute("update contact_notices set next_try_at = now()")
        await send_contact_notices(accounts.app)
        assert len(accounts.notifications.notices) == 2
        assert await conn.fetchval("select count(*) from contact_notices") == 0


async def test_a_notice_is_put_off_when_its_turn_comes_and_not_before(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    await change(accounts, session, PHONE)
    await change(accounts, session, NEW_PHONE)
    accounts.notifications.notice_delay = 0.3
    sending = asyncio.ensure_future(send_contact_notices(accounts.app))
    async with asyncio.timeout(10):
        while not accounts.notifications.notices:  # noqa: ASYNC110 - the peer tells nobody
            await asyncio.sleep(0.01)
    async with acquire(accounts.database) as conn:
        due = "select count(*) from contact_notices where next_try_at <= now()"
        assert await conn.fetchval(due) == 2
    await sending
    assert len(accounts.notifications.notices) == 3

"""Text messages cost money: few countries, so many for one network and in all, on a day."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
import structlog

from services.accounts.jobs.delete_expired_codes import delete_expired_codes
from services.accounts.text_messages import count_text
from shared.core.clock import SHANGHAI
from shared.db import acquire, transaction
from tests.accounts.accounts_client import Accounts, Answer, Notifications, contact, serve_accounts
from tests.conftest import DatabaseUrl

PHONES = [f"+86138001380{number:02d}" for number in range(20)]
FORWARDED = "X-Forwarded-For"


@pytest.fixture
async def narrow(
    database_url: DatabaseUrl, notifications: Notifications
) -> AsyncIterator[Accounts]:
    async with serve_accounts(
        notifications,
        database_url=database_url("accounts"),
        text_messages_per_network=3,
        text_messages_a_day=5,
    ) as running:
        yield running


async def ask(accounts: Accounts, address: str, network: str = "203.0.113.7") -> Answer:
    headers = {FORWARDED: network}
    return await accounts.call("POST", "/v1/login-codes", contact(address), headers=headers)


async def sends(accounts: Accounts) -> list[int]:
    async with acquire(accounts.database) as conn:
        rows = await conn.fetch("select sends from text_message_sends order by network_index")
    return [row["sends"] for row in rows]


async def test_one_network_gets_so_many_a_day_and_mail_goes_on(narrow: Accounts) -> None:
    await narrow.sign_in("lin@example.com")
    for phone in PHONES[:3]:
        assert (await ask(narrow, phone)).status == 202
    refused = await ask(narrow, PHONES[3])
    assert (refused.status, refused.code) == (429, "too_many_requests")
    midnight = 86_400 - (datetime.now(SHANGHAI).hour * 3600)
    assert 1 <= int(refused.headers["Retry-After"]) <= midnight
    assert (await ask(narrow, "wu@example.com")).status == 202
    assert (await ask(narrow, PHONES[3], "203.0.113.8")).status == 202


async def test_all_networks_of_one_home_are_one(narrow: Accounts) -> None:
    homes = [f"2001:db8:1:{last:x}00::1" for last in range(4)]
    found = [(await ask(narrow, PHONES[last], home)).status for last, home in enumerate(homes)]
    assert found == [202, 202, 202, 429]
    assert (await ask(narrow, PHONES[9], "2001:db8:2::1")).status == 202


async def met(accounts: Accounts) -> dict[str, float]:
    async with accounts.client.get("/metrics") as answer:
        text = await answer.text()
    found = re.findall(r'xiangyou_text_limits_met_total\{limit="(\w+)"\} ([0-9.]+)', text)
    return {limit: float(number) for limit, number in found}


async def test_that_a_day_fills_up_is_told_once_and_counted(narrow: Accounts) -> None:
    assert await met(narrow) == {"network": 0, "most_of_day": 0, "day": 0}
    with structlog.testing.capture_logs() as logs:
        for number, phone in enumerate(PHONES[:9]):
            await ask(narrow, phone, f"203.0.113.{number}")
    told = [log["event"] for log in logs if log["event"].startswith("text_messages.")]
    assert told == ["text_messages.day_is_nearly_full", "text_messages.day_is_full"]
    assert await met(narrow) == {"network": 0, "most_of_day": 1, "day": 4}


async def told_while_asking(accounts: Accounts, numbers: range) -> list[str]:
    """Ask for so many codes, each from a network of its own; return what the log told of it."""
    with structlog.testing.capture_logs() as logs:
        for number in numbers:
            await ask(accounts, PHONES[number], f"203.0.113.{number}")
    return [log["event"] for log in logs if log["event"].startswith("text_messages.")]


async def test_it_is_told_once_although_nobody_takes_the_messages_over(narrow: Accounts) -> None:
    await told_while_asking(narrow, range(3))
    narrow.notifications.status = 503
    assert await told_while_asking(narrow, range(3, 6)) == ["text_messages.day_is_nearly_full"]
    narrow.notifications.status = 202
    assert await told_while_asking(narrow, range(6, 8)) == ["text_messages.day_is_full"]
    assert (await met(narrow))["most_of_day"] == 1


async def test_what_was_undone_is_not_told(narrow: Accounts) -> None:
    await told_while_asking(narrow, range(3))
    with structlog.testing.capture_logs() as logs, pytest.raises(ZeroDivisionError):
        async with transaction(narrow.database) as conn:
            await count_text(conn, narrow.app, "203.0.113.9")
            raise ZeroDivisionError
    assert logs == []
    assert (await met(narrow))["most_of_day"] == 0


async def test_a_limit_that_was_raised_is_told_of_anew(
    database_url: DatabaseUrl, notifications: Notifications
) -> None:
    url = database_url("accounts")
    for most, numbers in ((2, range(2)), (4, range(2, 4))):
        async with serve_accounts(
            notifications, database_url=url, text_messages_a_day=most
        ) as accounts:
            told = await told_while_asking(accounts, numbers)
            assert told == ["text_messages.day_is_nearly_full", "text_messages.day_is_full"]


async def test_all_networks_together_get_so_many_a_day(narrow: Accounts) -> None:
    answers = [
        (await ask(narrow, phone, f"203.0.113.{number}")).status
        for number, phone in enumerate(PHONES[:7])
    ]
    assert answers == [202] * 5 + [429] * 2
    assert len(narrow.notifications.messages) == 5


async def test_ten_at_once_are_no_more_than_one_after_another(narrow: Accounts) -> None:
    answers = await asyncio.gather(*(ask(narrow, phone) for phone in PHONES[:10]))
    assert sorted(answer.status for answer in answers) == [202] * 3 + [429] * 7


async def test_known_and_unknown_numbers_are_refused_alike(narrow: Accounts) -> None:
    await narrow.sign_in(PHONES[0])
    async with acquire(narrow.database) as conn:
        await conn.execute("delete from login_code_sends")
    for phone in PHONES[1:4]:
        await ask(narrow, phone)
    known, unknown = await ask(narrow, PHONES[0]), await ask(narrow, PHONES[9])
    assert (known.status, known.code) == (unknown.status, unknown.code) == (429, unknown.code)
    # Nothing was counted for a contact whose message did not go out.
    async with acquire(narrow.database) as conn:
        assert await conn.fetchval("select count(*) from login_code_sends") == 3


async def test_a_message_that_nobody_took_over_is_not_counted(narrow: Accounts) -> None:
    narrow.notifications.status = 503
    for phone in PHONES[:6]:
        assert (await ask(narrow, phone)).status == 503
    assert set(await sends(narrow)) == {0}


@pytest.mark.parametrize(
    ("phone", "status"),
    [
        ("+8613800138000", 202),
        ("+85251234567", 202),
        ("+85366123456", 202),
        ("+886912345678", 202),
        ("+447400123456", 422),
        ("+12025550123", 422),
        ("+882391234567", 422),
    ],
)
async def test_text_messages_go_to_a_few_countries(
    accounts: Accounts, phone: str, status: int
) -> None:
    answer = await ask(accounts, phone)
    assert answer.status == status
    if status == 422:
        assert [one["code"] for one in answer.json["errors"]] == ["phone_country"]
        assert accounts.notifications.messages == []
        assert await sends(accounts) == []


async def test_counts_are_forgotten_after_their_day(narrow: Accounts) -> None:
    await ask(narrow, PHONES[0])
    async with acquire(narrow.database) as conn:
        await conn.execute("update text_message_sends set day = day - 1")
        await delete_expired_codes(narrow.app)
        assert await conn.fetchval("select count(*) from text_message_sends") == 2
        await conn.execute("update text_message_sends set day = day - 1")
        await delete_expired_codes(narrow.app)
        assert await conn.fetchval("select count(*) from text_message_sends") == 0

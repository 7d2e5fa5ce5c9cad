"""Floods at the door of accounts: 429 with the time to come back, by believed addresses only."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Final

import pytest

from tests.accounts.accounts_client import (
    AGREED,
    Accounts,
    Answer,
    Notifications,
    contact,
    serve_accounts,
)
from tests.conftest import DatabaseUrl

FORWARDED: Final = "X-Forwarded-For"
NARROW: Final = "3/minute"
# Where no test runs: whoever asks here is no proxy of ours.
ELSEWHERE: Final = "192.0.2.0/24"


def serving(
    notifications: Notifications, database_url: DatabaseUrl, **settings: str
) -> AbstractAsyncContextManager[Accounts]:
    url = database_url("accounts")
    return serve_accounts(notifications, database_url=url, rate_limit_sign_in=NARROW, **settings)


@pytest.fixture
async def behind_proxy(
    notifications: Notifications, database_url: DatabaseUrl
) -> AsyncIterator[Accounts]:
    async with serving(notifications, database_url) as running:
        yield running


@pytest.fixture
async def in_the_open(
    notifications: Notifications, database_url: DatabaseUrl
) -> AsyncIterator[Accounts]:
    async with serving(notifications, database_url, trusted_proxies=ELSEWHERE) as running:
        yield running


async def try_code(accounts: Accounts, number: int, said: str) -> Answer:
    """Try a code for somebody new, from an address as the proxy in front says it."""
    address = contact(f"guest{number}@example.com")
    return await accounts.call(
        "POST", "/v1/sessions", {**address, "code": "000000", **AGREED}, headers={FORWARDED: said}
    )


async def ask_code(accounts: Accounts, number: int, said: str) -> Answer:
    address = contact(f"guest{number}@example.com")
    return await accounts.call("POST", "/v1/login-codes", address, headers={FORWARDED: said})


async def test_the_fourth_try_of_an_address_waits_as_long_as_it_is_told(
    behind_proxy: Accounts,
) -> None:
    tried = [await try_code(behind_proxy, number, "8.8.8.8") for number in range(4)]
    assert [one.status for one in tried] == [422, 422, 422, 429]
    assert tried[3].code == "too_many_requests"
    assert 1 <= int(tried[3].headers["Retry-After"]) <= 60
    assert tried[3].json["retry_after_seconds"] == int(tried[3].headers["Retry-After"])
    # Others are not slowed down by it; asking for codes counts with trying them.
    assert (await try_code(behind_proxy, 9, "9.9.9.9")).status == 422
    assert (await ask_code(behind_proxy, 9, "8.8.8.8")).status == 429


async def test_one_address_has_few_codes_sent_for_however_many_contacts(
    behind_proxy: Accounts, notifications: Notifications
) -> None:
    asked = [await ask_code(behind_proxy, number, "8.8.8.8") for number in range(6)]
    assert [one.status for one in asked] == [202] * 3 + [429] * 3
    assert len(notifications.messages) == 3


async def test_the_proxys_word_counts_and_what_a_stranger_put_before_it_does_not(
    behind_proxy: Accounts,
) -> None:
    tried = [
        await try_code(behind_proxy, number, f"7.7.7.{number}, 8.8.8.8") for number in range(4)
    ]
    assert [one.status for one in tried] == [422, 422, 422, 429]
    # Whoever has one address of an IPv6 network has all of them.
    tried = [await try_code(behind_proxy, number, f"2606:4700::{number}") for number in range(4)]
    assert [one.status for one in tried] == [422, 422, 422, 429]


async def test_whoever_is_no_proxy_of_ours_is_not_believed(in_the_open: Accounts) -> None:
    tried = [await try_code(in_the_open, number, f"8.8.8.{number}") for number in range(4)]
    assert [one.status for one in tried] == [422, 422, 422, 429]
    asked = await ask_code(in_the_open, 9, "127.0.0.1")
    assert asked.status == 429

"""What one person may take: nobody holds a village's places without paying for them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.local.postgres import EmbeddedPostgres
from shared.contracts.terms import OfferingTerms
from shared.db import acquire
from tests.bookings.village import NEXT_WEEK, POTTERY, pottery
from tests.security.platform import Platform, serve_platform
from tests.support.databases import clone


@pytest.fixture(scope="module")
async def platform(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Platform]:
    async with clone(postgres, template) as database, serve_platform(database) as running:
        yield running


async def two_sessions(platform: Platform, phone: str) -> list[str]:
    """Return the tokens of one person who signed in on two devices."""
    tokens = []
    for _ in range(2):
        tokens.append((await platform.accounts.sign_in(phone))["access_token"])
        async with acquire(platform.accounts.database) as conn:
            await conn.execute("delete from login_code_sends")
    return tokens


async def test_one_account_holds_three_unpaid_orders_whatever_it_signs_in_with(
    platform: Platform,
) -> None:
    bookings, sessions = platform.bookings, await two_sessions(platform, "+8613911112222")
    before = await bookings.taken("slot", NEXT_WEEK)
    wishes = [bookings.order(pottery(adult=1), token=sessions[turn % 2]) for turn in range(8)]
    answers = await asyncio.gather(*wishes)
    assert sorted(answer.status for answer in answers) == [201] * 3 + [409] * 5
    assert {answer.code for answer in answers if answer.status == 409} == {"too_many_holds"}
    assert await bookings.taken("slot", NEXT_WEEK) == before + 3
    # Others are not kept from booking by it.
    other = (await platform.accounts.sign_in("wu@example.com"))["access_token"]
    assert (await bookings.order(pottery(adult=1), token=other)).status == 201


async def test_one_account_books_no_more_people_than_the_offering_lets_it(
    platform: Platform,
) -> None:
    bookings, sessions = platform.bookings, await two_sessions(platform, "+8613911113333")
    before = await bookings.taken("slot", NEXT_WEEK)
    terms = OfferingTerms(most_per_account=4)
    await bookings.publish_offering(POTTERY, "session", {"adult": 12800}, terms)
    wishes = [
        bookings.order(pottery(adult=2), token=sessions[turn % 2], payment_method="on_site")
        for turn in range(4)
    ]
    answers = await asyncio.gather(*wishes)
    assert sorted(answer.status for answer in answers) == [201] * 2 + [409] * 2
    assert {answer.code for answer in answers if answer.status == 409} == {"too_many_for_account"}
    assert await bookings.taken("slot", NEXT_WEEK) == before + 4

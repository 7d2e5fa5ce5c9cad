"""The same price for everybody: who asks, how, from where and how often changes nothing."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from deploy.local.postgres import EmbeddedPostgres
from services.bookings.features.quote_order import QuoteOrder
from services.bookings.line_requests import LineRequest
from tests.bookings.village import Json, camping, pottery
from tests.security.platform import Platform, serve_platform
from tests.support.databases import clone
from tests.support.tokens import TokenMaker

ON_SITE = {"payment_method": "on_site"}
# Nothing of a person is asked for where prices are made, except what kind of ticket it is.
OF_THE_LINE = {"offering_id", "starts_at", "first_day", "nights", "option", "tickets"}


@pytest.fixture(scope="module")
async def platform(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Platform]:
    async with clone(postgres, template) as database, serve_platform(database) as running:
        yield running


async def quote(platform: Platform, headers: dict[str, str]) -> Json:
    """Return a quote without what is each one's own."""
    body = {"lines": [pottery(adult=2, child=1), camping(nights=1)]}
    async with platform.clients["bookings"].post("/v1/quotes", json=body, headers=headers) as one:
        assert one.status == 201, await one.text()
        answered: Json = await one.json()
    own = ("quote_id", "expires_at")
    return {name: value for name, value in answered.items() if name not in own}


async def test_everybody_is_quoted_the_same(platform: Platform) -> None:
    tokens = platform.tokens
    regular = tokens.person()
    for _ in range(3):
        answer = await platform.bookings.order(pottery(adult=1), token=regular, **ON_SITE)
        assert answer.status == 201
    signed_in = (await platform.accounts.sign_in("+8613911112222"))["access_token"]
    people: list[dict[str, str]] = [
        {},
        *(
            TokenMaker.header(token)
            for token in (
                signed_in,
                regular,
                tokens.person(roles=["helper"]),
                tokens.person(roles=["organiser"]),
                platform.bookings.operator,
                tokens.person(organisations=[uuid4()]),
                platform.bookings.office,
            )
        ),
        {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)"},
        {"User-Agent": "Mozilla/5.0 (Linux; Android 9; cheap phone)"},
        {"Accept-Language": "en-GB"},
        {"X-Forwarded-For": "8.8.8.8"},
        {"Cookie": "visited=40; vip=1", "Referer": "https://example.com/?from=partner"},
    ]
    quotes = [await quote(platform, headers) for headers in people]
    assert quotes[0]["total_fen"] == 2 * 12800 + 6800 + 19900
    assert [one for one in quotes if one != quotes[0]] == []


async def test_everybody_pays_the_same_also_who_comes_again(platform: Platform) -> None:
    bookings = platform.bookings
    again, office = bookings.tokens.person(), bookings.office
    buyers = [again, again, bookings.operator, office, bookings.tokens.person(), again]
    orders = [await bookings.order(pottery(adult=1), token=one, **ON_SITE) for one in buyers]
    assert {(order.status, order.json["total_fen"]) for order in orders} == {(201, 12800)}


def test_nothing_of_a_person_is_asked_for_where_a_price_is_made() -> None:
    assert set(QuoteOrder.model_fields) == {"lines"}
    assert set(LineRequest.model_fields) == OF_THE_LINE

"""Prices by season in orders, and what the database itself refuses of them."""

from datetime import date
from typing import Any, Final

import asyncpg
import pytest

from shared.contracts.terms import OfferingTerms, TicketPrice
from tests.bookings.village import CAMPING, NEXT_WEEK, camping
from tests.bookings.world import Bookings

SEASONS: Final = [
    {
        "code": "now",
        "name": {"zh": "旺季", "en": "High season"},
        "from_day": f"{NEXT_WEEK:%m-%d}",
        "until_day": f"{NEXT_WEEK:%m-%d}",
    }
]


def terms(**other: Any) -> OfferingTerms:
    return OfferingTerms.model_validate({"seasons": SEASONS, **other}, strict=False)


def pitch(fen: int, season: str | None = None) -> TicketPrice:
    return TicketPrice(ticket_type="pitch", fen=fen, season=season)


async def test_a_stay_over_the_end_of_a_season_pays_each_night_its_own_price(
    bookings: Bookings,
) -> None:
    prices = [pitch(10000), pitch(30000, "now")]
    await bookings.publish_offering(CAMPING, "stay", prices, terms())
    quote = await bookings.call("POST", "/v1/quotes", {"lines": [camping(nights=2)]})
    assert quote.status == 201
    [line] = quote.json["lines"]
    nights = [(date.fromisoformat(one["day"]), one["amount_fen"]) for one in line["breakdown"]]
    assert [fen for _, fen in nights] == [30000, 10000]
    order = await bookings.order(camping(nights=2), payment_method="on_site")
    assert (order.status, order.json["total_fen"]) == (201, 40000)


async def test_the_database_refuses_editions_that_make_no_sense(bookings: Bookings) -> None:
    wrong: list[tuple[list[TicketPrice], OfferingTerms, str]] = [
        (
            [pitch(1), pitch(2, "never")],
            terms(),
            "offering_editions_prices_know_their_seasons",
        ),
        (
            [pitch(1)],
            terms().model_copy(update={"horizon_days": 91}),
            "offering_editions_window_check",
        ),
        (
            [pitch(1)],
            terms().model_copy(update={"lead_minutes": -1}),
            "offering_editions_window_check",
        ),
    ]
    for prices, said, constraint in wrong:
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await bookings.execute(
                "insert into offering_editions (offering_id, version, prices, terms, payment)"
                " values ($1, 99, $2, $3, 'on_site')",
                CAMPING,
                [price.model_dump() for price in prices],
                said.model_dump(),
            )
        assert refused.value.constraint_name == constraint

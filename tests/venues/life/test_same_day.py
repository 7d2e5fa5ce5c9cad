"""What goes off sale and comes back within a day is sold for as long as it would have been."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from shared.core.clock import SHANGHAI
from shared.db import acquire
from shared.http.keys import DATABASE
from tests.venues.hearing import deliver
from tests.venues.licences.papers import HOURS, confirmed, unlicensed, watch
from tests.venues.stage import Json, Stage, entry_body, session_body, stay_body

MARKET: Final[tuple[Json, Json]] = (entry_body(), HOURS)
CAMP: Final[tuple[Json, Json]] = (stay_body(), {"times": []})
POTTERY: Final[tuple[Json, Json]] = (session_body(), {"times": ["14:00"]})

ON_SALE: Final = "select day, on_sale from slots where offering_id = $1"

BookingsClient = TestClient[web.Request, web.Application]


def go_to(stage: Stage, day: int, moment: str) -> None:
    """Let it be that day of September; everybody signs in again."""
    hour, minute = map(int, moment.split(":"))
    stage.clock.instant = datetime(2026, 9, day, hour, minute, tzinfo=SHANGHAI)
    stage.__post_init__()


async def sold_days(stage: Stage, bookings: BookingsClient, offering_id: str) -> Mapping[date, Any]:
    """Return the days that bookings knows of, and whether it sells them."""
    await deliver(stage, bookings)
    async with acquire(bookings.app[DATABASE]) as conn:
        rows = await conn.fetch(ON_SALE, UUID(offering_id))
    return {row["day"]: row["on_sale"] for row in rows}


@pytest.mark.parametrize(
    ("offered", "paused", "resumed", "sold"),
    [
        (MARKET, "08:50", (12, "09:10"), True),
        (MARKET, "10:00", (12, "17:59"), True),
        (MARKET, "08:50", (12, "18:00"), False),
        (CAMP, "14:00", (12, "16:00"), True),
        (CAMP, "16:00", (12, "23:59"), True),
        (CAMP, "14:00", (13, "00:00"), False),
        (POTTERY, "13:50", (12, "14:00"), False),
    ],
)
async def test_what_has_begun_comes_back_for_as_long_as_it_is_sold(  # noqa: PLR0917 - cases
    stage: Stage,
    bookings: BookingsClient,
    offered: tuple[Json, Json],
    paused: str,
    resumed: tuple[int, str],
    sold: bool,  # noqa: FBT001 - a case
) -> None:
    body, schedule = offered
    venue = await stage.venue()
    offering = await stage.offering(venue, body)
    await stage.schedule(offering, **{**schedule, "until": "2026-09-13"})
    await stage.move(venue, "submissions")
    await stage.move(venue, "approvals", stage.office)
    saturday, sunday = date(2026, 9, 12), date(2026, 9, 13)
    heard = await sold_days(stage, bookings, offering["offering_id"])
    assert heard == {saturday: True, sunday: True}

    go_to(stage, 12, paused)
    await stage.move(venue, "pauses")
    heard = await sold_days(stage, bookings, offering["offering_id"])
    assert heard == {saturday: False, sunday: False}

    go_to(stage, *resumed)
    await stage.move(venue, "resumptions")
    heard = await sold_days(stage, bookings, offering["offering_id"])
    assert heard == {saturday: sold, sunday: True}


async def test_a_market_whose_licence_is_renewed_in_the_morning_is_sold_that_day(
    stage: Stage, bookings: BookingsClient
) -> None:
    venue = await unlicensed(stage, (entry_body(), {**HOURS, "until": "2026-09-13"}))
    await confirmed(stage, venue, valid_until="2026-09-12")
    venue = await stage.move(venue, "approvals", stage.office)
    [offering] = venue["offerings"]
    go_to(stage, 13, "00:00")
    await watch(stage)
    heard = await sold_days(stage, bookings, offering["offering_id"])
    assert not heard[date(2026, 9, 13)]
    go_to(stage, 13, "09:30")
    await confirmed(stage, venue, number="next")
    heard = await sold_days(stage, bookings, offering["offering_id"])
    assert heard[date(2026, 9, 13)]

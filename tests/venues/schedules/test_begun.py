"""A schedule also decides about what has begun, for as long as that is sold."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from shared.core.clock import SHANGHAI, local_day
from shared.db import acquire
from shared.http.keys import DATABASE
from tests.venues.hearing import deliver
from tests.venues.stage import Answer, Json, Stage, entry_body, price, stay_body

EVERY_DAY: Final = [1, 2, 3, 4, 5, 6, 7]
HOURS: Final[Json] = {"times": [], "opens_at": "09:00", "closes_at": "18:00"}
TAKEN: Final = "select capacity, taken from pools where scope = 'slot' and subject_id = $1"


def go_to(stage: Stage, day: int, hour: int) -> None:
    """Let it be that hour of a day of September; everybody signs in again."""
    stage.clock.instant = datetime(2026, 9, day, hour, 0, tzinfo=SHANGHAI)
    stage.__post_init__()


async def on_sale(stage: Stage, body: Json, **schedule: object) -> Json:
    """Return an offering that is on sale from the 12th on, with nothing told of it yet."""
    venue = await stage.venue()
    offering = await stage.offering(venue, body)
    await stage.schedule(offering, **{"from": "2026-09-12", "until": "2026-09-13", **schedule})
    await stage.move(venue, "submissions")
    await stage.move(venue, "approvals", stage.office)
    await stage.forget_events()
    return offering


async def told_of_slots(stage: Stage) -> list[tuple[str, Any]]:
    """Return what was told of slots, with their capacity where they are on sale."""
    found = [
        (event.type.removesuffix(".v1"), event.data.get("capacity"))
        for event in await stage.told()
        if event.type.startswith("slot.")
    ]
    await stage.forget_events()
    return found


async def test_tonight_can_be_closed_after_check_in_has_begun_and_opened_again(
    stage: Stage,
) -> None:
    camp = await on_sale(stage, stay_body(), times=[])
    before = await stage.slots(camp, "2026-09-01", "2026-09-30")
    go_to(stage, 12, 16)
    dates = {"from": "2026-09-12", "until": "2026-09-13", "times": []}
    closed = {"exceptions": [{"day": "2026-09-12", "closed": True}]}
    path = f"/v1/offerings/{camp['offering_id']}/schedule"
    assert (await stage.good("GET", path, stage.operator))["slots"] == 2
    await stage.schedule(camp, **dates, **closed)
    assert await told_of_slots(stage) == [("slot.withdrawn", None)]
    assert await stage.slots(camp, "2026-09-01", "2026-09-30") == before[1:]
    await stage.schedule(camp, **dates)
    assert await told_of_slots(stage) == [("slot.published", 12)]
    assert await stage.slots(camp, "2026-09-01", "2026-09-30") == before
    # At midnight the night is history.
    go_to(stage, 13, 0)
    await stage.schedule(camp, **dates, **closed)
    assert await told_of_slots(stage) == []


async def test_a_market_that_is_open_takes_fewer_from_now_on_or_closes_earlier(
    stage: Stage,
) -> None:
    market = await on_sale(stage, entry_body(), **HOURS)
    go_to(stage, 12, 11)
    dates = {"from": "2026-09-12", "until": "2026-09-12"}
    await stage.schedule(market, **dates, **HOURS, capacity=8)
    assert await told_of_slots(stage) == [("slot.withdrawn", None), ("slot.published", 8)]
    await stage.schedule(market, **dates, **{**HOURS, "closes_at": "16:00"}, capacity=8)
    assert await told_of_slots(stage) == [("slot.published", 8)]
    # It should have closed at ten: nobody is sold a place any more.
    await stage.schedule(market, **dates, **{**HOURS, "closes_at": "10:00"}, capacity=8)
    assert await told_of_slots(stage) == [("slot.withdrawn", None)]


async def test_an_event_that_lasts_over_midnight_is_yesterdays_and_still_sold(
    stage: Stage,
) -> None:
    body = entry_body(duration_minutes=240, prices=[price("adult", 1)])
    festival = await on_sale(stage, body, times=["22:00"])
    go_to(stage, 13, 1)
    dates = {"from": "2026-09-12", "until": "2026-09-13", "times": ["22:00"]}
    await stage.schedule(festival, **dates)
    assert await told_of_slots(stage) == []
    await stage.schedule(festival, **dates, capacity=9)
    assert await told_of_slots(stage) == [("slot.published", 9)] * 2
    await stage.schedule(festival, **{**dates, "from": "2026-09-13"}, capacity=9)
    assert await told_of_slots(stage) == [("slot.withdrawn", None)]


class Open:
    """An event that began an hour ago and lasts until tomorrow, with an order in it."""

    def __init__(self, stage: Stage, bookings: "TestClient[web.Request, web.Application]") -> None:
        self.stage = stage
        self.bookings = bookings
        self.began = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
        self.offering: Json = {}

    @property
    def path(self) -> str:
        return f"/v1/offerings/{self.offering['offering_id']}"

    def body(self, **other: object) -> Json:
        day = str(local_day(self.began))
        return {
            "weekdays": EVERY_DAY,
            "times": [self.began.astimezone(SHANGHAI).strftime("%H:%M")],
            "from": day,
            "until": day,
            "capacity": 12,
            **other,
        }

    async def put(self, **other: object) -> Answer:
        path = f"{self.path}/schedule"
        return await self.stage.call("PUT", path, self.stage.operator, self.body(**other))

    async def order(self, adults: int) -> None:
        line = {
            "offering_id": self.offering["offering_id"],
            "starts_at": self.began.isoformat(),
            "tickets": {"adult": adults},
        }
        body = {"lines": [line], "contact": {"name": "陈小溪"}, "payment_method": "on_site"}
        token = self.stage.tokens.person()
        headers = {**self.stage.tokens.header(token), "Idempotency-Key": uuid4().hex}
        async with self.bookings.post("/v1/orders", json=body, headers=headers) as response:
            assert response.status == 201, await response.json()


@pytest.fixture
async def event(stage: Stage, bookings: "TestClient[web.Request, web.Application]") -> Open:
    # Bookings sells by its database's clock.
    found = Open(stage, bookings)
    stage.clock.instant = found.began - timedelta(hours=1)
    stage.__post_init__()
    years = {local_day(found.began - timedelta(days=1)).year, local_day(found.began).year}
    for year in sorted(years):
        day = {
            "day": f"{year}-01-01",
            "day_type": "holiday",
            "name": {"zh": "元旦", "en": "New Year's Day"},
        }
        body = {"source": "test", "days": [day]}
        await stage.good("PUT", f"/v1/calendars/{year}", stage.office, body)
    venue = await stage.venue()
    offered = entry_body(duration_minutes=1440, prices=[price("adult", 100)])
    found.offering = await stage.offering(venue, offered)
    assert (await found.put()).status == 200
    await stage.move(venue, "submissions")
    await stage.move(venue, "approvals", stage.office)
    await deliver(stage, bookings)
    stage.clock.instant = datetime.now(UTC)
    stage.__post_init__()
    await found.order(5)
    return found


async def test_whom_it_touches_is_shown_and_nobody_who_has_booked_loses_a_place(
    event: Open,
) -> None:
    stage = event.stage
    refused = await event.put(capacity=3)
    assert (refused.status, refused.code) == (409, "schedule_touches_orders")
    assert (refused.body["orders"], refused.body["persons"]) == (1, 5)
    path = f"{event.path}/schedule-previews"
    preview = await stage.good("POST", path, stage.operator, event.body(capacity=3))
    assert (preview["changed"]["count"], preview["touched"]["orders"]) == (1, 1)
    assert (await event.put(capacity=3, accept_touched_orders=True)).status == 200
    await deliver(stage, event.bookings)
    day = str(local_day(event.began))
    [slot] = await stage.slots(event.offering, day, day)
    async with acquire(event.bookings.app[DATABASE]) as conn:
        row = await conn.fetchrow(TAKEN, slot["slot_id"])
    assert row is not None
    assert (row["capacity"], row["taken"]) == (3, 5)

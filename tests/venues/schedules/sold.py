"""A workshop of next week that people book, with bookings beside venues."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from aiohttp import web
from aiohttp.test_utils import TestClient

from shared.core.clock import local_day
from tests.venues.hearing import deliver
from tests.venues.stage import Answer, Json, Stage, schedule_body


@dataclass
class Sold:
    """A published workshop with three days next week, and bookings where they are sold."""

    stage: Stage
    bookings: "TestClient[web.Request, web.Application]"
    offering: Json
    days: list[date]

    @property
    def path(self) -> str:
        return f"/v1/offerings/{self.offering['offering_id']}"

    def body(self, days: list[date], **other: Any) -> Json:
        return schedule_body(
            **{
                "weekdays": [day.isoweekday() for day in days],
                "from": str(self.days[0]),
                "until": str(self.days[-1]),
                **other,
            }
        )

    async def put(self, days: list[date], **other: Any) -> Answer:
        body = self.body(days, **other)
        return await self.stage.call("PUT", f"{self.path}/schedule", self.stage.operator, body)

    async def preview(self, days: list[date], **other: Any) -> Answer:
        path, body = f"{self.path}/schedule-previews", self.body(days, **other)
        return await self.stage.call("POST", path, self.stage.operator, body)

    async def order(self, day: date, adults: int) -> Json:
        """Have somebody book the workshop of a day."""
        status, order = await self.ask_for(day, adults)
        assert status == 201, order
        return order

    async def ask_for(self, day: date, adults: int) -> tuple[int, Json]:
        """Have somebody try to book the workshop of a day."""
        starts_at = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
        line = {
            "offering_id": self.offering["offering_id"],
            "starts_at": starts_at.isoformat(),
            "tickets": {"adult": adults},
        }
        body = {
            "lines": [line],
            "contact": {"name": "陈小溪"},
            "payment_method": "on_site",
        }
        token = self.stage.tokens.person()
        headers = {**self.stage.tokens.header(token), "Idempotency-Key": uuid4().hex}
        async with self.bookings.post("/v1/orders", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def change_at_once(self) -> None:
        """Let changes that matter go live at once, as the district may want it."""
        stage = self.stage
        path = f"/v1/venues/{self.offering['venue_id']}"
        village = (await stage.good("GET", path, stage.operator))["village"]["village_id"]
        district = (await stage.good("GET", f"/v1/villages/{village}"))["district_id"]
        setting = {"significant_changes": "at_once"}
        await stage.good("PATCH", f"/v1/districts/{district}", stage.office, setting)

    async def slots(self) -> list[Json]:
        return await self.stage.slots(self.offering, str(self.days[0]), str(self.days[-1]))


async def sell(stage: Stage, bookings: "TestClient[web.Request, web.Application]") -> Sold:
    """Publish the workshop, and let bookings hear of it."""
    # Bookings sells by its database's clock.
    stage.clock.instant = datetime.now(UTC)
    stage.__post_init__()
    today = local_day(stage.clock.now())
    days = [today + timedelta(days=7 + number) for number in range(3)]
    for year in sorted({today.year, days[-1].year}):
        day = {
            "day": f"{year}-01-01",
            "day_type": "holiday",
            "name": {"zh": "元旦", "en": "New Year's Day"},
        }
        body = {"source": "test", "days": [day]}
        await stage.good("PUT", f"/v1/calendars/{year}", stage.office, body)
    venue = await stage.venue()
    offering = await stage.offering(venue)
    found = Sold(stage, bookings, offering, days)
    assert (await found.put(days)).status == 200
    await stage.move(venue, "submissions")
    await stage.move(venue, "approvals", stage.office)
    await deliver(stage, bookings)
    return found

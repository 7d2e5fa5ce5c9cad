"""Whoever books between bookings' answer and a change is named by its answer, and kept."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.db import acquire
from shared.http.keys import DATABASE
from tests.conftest import DatabaseUrl
from tests.support.tokens import TokenMaker
from tests.venues.conftest import serving
from tests.venues.schedules.sold import Sold
from tests.venues.stage import Json, Stage, StandingClock

AUDITED = """
select (payload -> 'details')::text as details
from outbox
where topic = 'venues.audit' and payload ->> 'action' = 'calendar.orders_touched'
"""


@dataclass
class Door:
    """The way to bookings; right after its first answer somebody comes in and books."""

    sold: Sold
    day: date
    orders: list[Json] = field(default_factory=list)
    # Whether bookings is away for who asks again.
    shuts: bool = False

    async def pass_on(self, request: web.Request) -> web.Response:
        if self.orders and self.shuts:
            return web.Response(status=503)
        headers = {
            name: value
            for name, value in request.headers.items()
            if name in {"Authorization", "Content-Type"}
        }
        body = await request.read()
        async with self.sold.bookings.post(request.path, data=body, headers=headers) as answer:
            answered = web.Response(
                status=answer.status, body=await answer.read(), content_type=answer.content_type
            )
        if not self.orders:
            self.orders.append(await self.sold.order(self.day, 3))
        return answered


@pytest.fixture
async def door(sold: Sold) -> Door:
    return Door(sold, next(day for day in sold.days if (day.month, day.day) != (1, 1)))


@pytest.fixture
async def busy(
    door: Door,
    database_url: DatabaseUrl,
    clock: StandingClock,
    tokens: TokenMaker,
    tmp_path: Path,
) -> AsyncIterator[Sold]:
    """The same venues, which ask through the door."""
    app = web.Application()
    app.router.add_post("/v1/affected-orders", door.pass_on)
    async with (
        TestServer(app) as server,
        serving(database_url, clock, tokens, str(server.make_url("")), tmp_path) as client,
    ):
        sold = door.sold
        stage = Stage(client, client.app[DATABASE], clock, tokens, sold.stage.organisation)
        stage.operator, stage.office = sold.stage.operator, sold.stage.office
        yield Sold(stage, sold.bookings, sold.offering, sold.days)


async def history(sold: Sold) -> list[Json]:
    path = f"/v1/venues/{sold.offering['venue_id']}/history"
    entries: list[Json] = (await sold.stage.good("GET", path, sold.stage.operator))["items"]
    return entries


def kept(order: Json) -> list[Json]:
    return [{"field": "orders", "before": None, "after": [order["order_id"]]}]


async def by_schedule(sold: Sold, day: date) -> Json:
    answer = await sold.put([one for one in sold.days if one != day])
    assert answer.status == 200, answer.body
    body: Json = answer.body
    return body


async def by_offering(sold: Sold, _day: date) -> Json:
    await sold.change_at_once()
    offering = sold.offering
    path = f"/v1/venues/{offering['venue_id']}/offerings/{offering['offering_id']}"
    body: Json = await sold.stage.good("PATCH", path, sold.stage.operator, {"duration_minutes": 90})
    return body


@pytest.mark.parametrize("change", [by_schedule, by_offering])
async def test_who_booked_meanwhile_is_named_and_kept(
    busy: Sold, door: Door, change: Callable[[Sold, date], Awaitable[Json]]
) -> None:
    done = await change(busy, door.day)
    (order,) = door.orders
    meanwhile = done["touched_meanwhile"]
    assert (meanwhile["orders"], meanwhile["persons"]) == (1, 3)
    assert [one["order_id"] for one in meanwhile["first"]] == [order["order_id"]]
    entry, *_ = await history(busy)
    assert (entry["what"], entry["role"], entry["changes"]) == (
        "orders_touched",
        "operator",
        kept(order),
    )
    assert entry["offering_id"] == busy.offering["offering_id"]


async def test_what_nobody_can_say_is_not_said(busy: Sold, door: Door) -> None:
    door.shuts = True
    done = await by_schedule(busy, door.day)
    assert done["touched_meanwhile"] is None
    assert "orders_touched" not in {entry["what"] for entry in await history(busy)}


async def test_what_touches_nothing_asks_nobody(busy: Sold, door: Door) -> None:
    answer = await busy.put(busy.days, capacity=20)
    assert answer.body["touched_meanwhile"]["orders"] == 0
    assert door.orders == []


async def test_who_booked_while_a_year_was_corrected_is_in_the_audit_log(
    busy: Sold, door: Door
) -> None:
    rules = [{"day_types": ["holiday"], "closed": True}]
    assert (await busy.put(busy.days, rules=rules, accept_touched_orders=True)).status == 200
    days = [
        {"day": day, "day_type": "holiday", "name": {"zh": "假日", "en": "Holiday"}}
        for day in (f"{door.day.year}-01-01", str(door.day))
    ]
    path, body = f"/v1/calendars/{door.day.year}", {"source": "更正", "days": days}
    await busy.stage.good("PUT", path, busy.stage.office, body)
    (order,) = door.orders
    async with acquire(busy.stage.database) as conn:
        (row,) = await conn.fetch(AUDITED)
    details = json.loads(row["details"])
    assert details == {"orders": 1, "persons": 3, "first": [order["order_id"]]}

"""Until when something is sold: venues, its search and bookings say it alike."""

from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestClient

from services.venues.domain.slot_times import sold_until
from shared.db import acquire
from shared.http.keys import DATABASE
from tests.venues.hearing import deliver
from tests.venues.stage import (
    Json,
    Stage,
    entry_body,
    price,
    session_body,
    stay_body,
    table_body,
)

# The last that can be booked of a day comes first in `until`.
SAID_HERE: Final = """
select
    s.slot_id, o.kind, s.day, s.starts_at, s.ends_at,
    sold_until(o.kind, s.day, s.starts_at, s.ends_at) as sold_until,
    d.until
from slots s
join offerings o using (offering_id)
join offering_days d using (offering_id, day)
"""
SAID_BY_BOOKINGS: Final = "select slot_id, sold_until from slots"
STILL_SOLD: Final = """
select
    is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, moment - interval '1 second') as before,
    is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, moment) as then
from slots s
join offerings o using (offering_id)
cross join lateral (
    select sold_until(o.kind, s.day, s.starts_at, s.ends_at) as moment
) as last
"""

KINDS: Final[list[tuple[Json, Json]]] = [
    (session_body(), {}),
    (stay_body(), {"times": []}),
    (table_body(), {"times": [], "opens_at": "10:00", "closes_at": "12:00", "capacity": None}),
    (entry_body(), {"times": [], "opens_at": "09:00", "closes_at": "18:00"}),
    # It lasts until the next day.
    (
        entry_body(slug="night-market", duration_minutes=1440, prices=[price("adult", 1)]),
        {"times": ["22:00"]},
    ),
]


async def test_everybody_says_alike_until_when_a_slot_is_sold(
    stage: Stage, bookings: "TestClient[web.Request, web.Application]"
) -> None:
    venue = await stage.venue()
    for body, schedule in KINDS:
        await stage.schedule(await stage.offering(venue, body), **schedule)
    await stage.move(venue, "submissions")
    await stage.move(venue, "approvals", stage.office)
    await deliver(stage, bookings)
    async with acquire(stage.database) as conn:
        said = await conn.fetch(SAID_HERE)
        still_sold = await conn.fetch(STILL_SOLD)
    async with acquire(bookings.app[DATABASE]) as conn:
        heard = {row["slot_id"]: row["sold_until"] for row in await conn.fetch(SAID_BY_BOOKINGS)}
    assert {row["kind"] for row in said} == {"session", "stay", "table", "entry"}
    assert {row["slot_id"]: row["sold_until"] for row in said} == heard
    for row in said:
        times = row["day"], row["starts_at"], row["ends_at"]
        assert sold_until(row["kind"], *times) == row["sold_until"]
        assert row["kind"] == "table" or row["until"] == [row["sold_until"]]
    assert {(row["before"], row["then"]) for row in still_sold} == {(True, False)}

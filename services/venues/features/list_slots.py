"""List the slots of an offering: when it can be booked."""

from datetime import date, datetime, timedelta
from typing import Final, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.venues.caching import readable
from services.venues.ownership import sees
from services.venues.paths import OfferingPath
from shared.contracts.venues import SlotPart
from shared.core.clock import local_day
from shared.core.errors import NotFound
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Day, Page, Query, Reply
from shared.http.route import route
from shared.http.validation import invalid

LONGEST_DAYS: Final = 92
USUAL_DAYS: Final = 30


class SlotsQuery(Query):
    """Which days, both included; without them, today and the 30 days that follow."""

    first_day: Day | None = Field(None, alias="from")
    last_day: Day | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise PydanticCustomError("ends_before_start", "`to` is before `from`")
        return self


class SlotView(Reply):
    """One unit of bookable time; how many places are left, the bookings service tells.

    Where the offering has options, `parts` say how many of each there are.
    """

    slot_id: UUID
    offering_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    capacity: int
    parts: tuple[SlotPart, ...]


FIND_VENUE: Final = """
select v.organisation_id, v.venue_id, v.state, o.held_back
from offerings o
join venues v using (venue_id)
where o.offering_id = $1
"""

LIST: Final = """
select
    slot_id,
    offering_id,
    day,
    starts_at,
    ends_at,
    units_not_blocked(capacity, parts, blocked, blocked_parts) as capacity,
    unblocked_parts(parts, blocked, blocked_parts) as parts
from slots
where offering_id = $1 and day between $2 and $3 and offered
order by starts_at
"""


@route("GET", "/v1/offerings/{offering_id}/slots", access=may("public.read"), errors=(NotFound,))
async def list_slots(
    request: web.Request, caller: Caller | None, path: OfferingPath, query: SlotsQuery
) -> Page[SlotView] | web.Response:
    """List the slots of an offering by time, also those that have begun.

    Whoever sees the offering sees its slots.
    """
    first, last = _days(query, local_day(request.app[CLOCK].now()))
    async with acquire(request.app[DATABASE]) as conn:
        venue = await conn.fetchrow(FIND_VENUE, path.offering_id)
        if venue is None:
            raise NotFound
        place = (venue["organisation_id"], venue["venue_id"], venue["state"])
        if not sees(caller, *place, held_back=venue["held_back"]):
            raise NotFound
        items = await fetch_all(conn, SlotView, LIST, path.offering_id, first, last)
    return readable(request, caller, Page[SlotView](items=items))


def _days(query: SlotsQuery, today: date) -> tuple[date, date]:
    first = query.first_day or min(query.last_day or today, today)
    last = query.last_day or first + timedelta(days=USUAL_DAYS)
    if last - first > timedelta(days=LONGEST_DAYS):
        raise invalid("query", "/to", "range_too_long", limit=LONGEST_DAYS)
    return first, last

"""Show what is left of offerings, day by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from annotated_types import Len
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.domain.booking_window import is_bookable
from services.bookings.domain.lines import NO_OPTION, Offered
from services.bookings.domain.party import MOST_PERSONS_EVER
from services.bookings.domain.room import Room, has_room, units_left
from services.bookings.engine.planning import find_offered
from shared.db import acquire, fetch_all
from shared.http.access import may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Day, Query, Reply
from shared.http.route import route
from shared.http.validation import invalid

MOST_OFFERINGS: Final = 60
MOST_DAYS: Final = 62
# Many offerings for a fortnight, or a few for two months.
MOST_OFFERING_DAYS: Final = 900
# A café's month of quarter hours.
MOST_SLOTS: Final = 3000


class AvailabilityQuery(Query):
    """Offerings, the days from `from` to `to` (both included), and the party's size."""

    offering: Annotated[list[UUID], Len(1, MOST_OFFERINGS)]
    from_day: Day = Field(alias="from")
    to: Day
    party: Annotated[int, Field(ge=1, le=MOST_PERSONS_EVER)] = 1

    @model_validator(mode="after")
    def _in_order(self) -> "AvailabilityQuery":
        if not timedelta(0) <= self.to - self.from_day < timedelta(days=MOST_DAYS):
            raise PydanticCustomError("days_out_of_range", "The days are not a range")
        if len(self.offering) * ((self.to - self.from_day).days + 1) > MOST_OFFERING_DAYS:
            raise PydanticCustomError("too_many_offering_days", "Too much is asked for at once")
        return self


class SlotAvailability(Reply):
    """One slot: `left` counts pitches of a stay, tables, and people of all else.

    `left` is what the tightest of the slot's pools allows, `options` what is left of each type of
    pitch or size of table; `fits` tells whether the whole party has room in all pools, at a table
    for its whole seating. Of what is `closed` nothing is left, whoever leaves.
    """

    offering_id: UUID
    slot_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    left: int
    options: dict[str, int]
    fits: bool
    closed: bool


class Availability(Reply):
    """The slots in the order of their beginning."""

    items: list[SlotAvailability]


# Days of a year that is not known can't be sold, and are not shown.
FIND_ROOM: Final = """
select
    slots.offering_id, slots.slot_id, slots.day, slots.starts_at, slots.ends_at, slots.closed,
    (
        select jsonb_object_agg(own.option, places_left(own))
        from pools as own
        -- An array: a subquery would be joined, by reading all pools for each slot.
        where own.id = any (
            array(select value::bigint from jsonb_each_text(slots.own_pools))
        )
    ) as units,
    (
        select min(places_left(around))
        from pools as around
        where around.id = any (slots.around_pools)
    ) as persons
from slots
join calendar_years on calendar_years.year = extract(year from slots.day)
where slots.offering_id = any ($1::uuid[])
    and slots.on_sale
    and slots.day between $2 and $3
    and slots.sold_until > now()
order by slots.starts_at, slots.offering_id
limit $4
"""


@dataclass(frozen=True, slots=True)
class SlotRoom:
    """A slot, and what is left of its pools."""

    offering_id: UUID
    slot_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    closed: bool
    units: dict[str, int]
    persons: int


@route("GET", "/v1/availability", access=may("public.read"))
async def show_availability(request: web.Request, query: AvailabilityQuery) -> Availability:
    """Show what is left of offerings on some days, for a party.

    The figures are the database's own of this moment, not a forecast; only an order takes places.
    What an offering's lead time or horizon keeps from being booked now is not shown.
    """
    async with acquire(request.app[DATABASE]) as conn:
        offered = await find_offered(conn, query.offering)
        found = await fetch_all(
            conn, SlotRoom, FIND_ROOM, list(offered), query.from_day, query.to, MOST_SLOTS + 1
        )
    if len(found) > MOST_SLOTS:
        raise invalid("query", "/to", "too_many_offering_days")
    now = request.app[CLOCK].now()
    rooms: dict[UUID, dict[datetime, Room]] = {}
    for slot in found:
        room = Room(slot.starts_at, slot.units, slot.persons)
        rooms.setdefault(slot.offering_id, {})[slot.starts_at] = room
    return Availability(
        items=[
            _availability(slot, offered[slot.offering_id], rooms[slot.offering_id], query.party)
            for slot in found
            if is_bookable(offered[slot.offering_id].terms, slot.starts_at, slot.day, now)
        ]
    )


def _availability(
    slot: SlotRoom, offered: Offered, rooms: Mapping[datetime, Room], party: int
) -> SlotAvailability:
    return SlotAvailability(
        offering_id=slot.offering_id,
        slot_id=slot.slot_id,
        day=slot.day,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        left=units_left(offered, rooms[slot.starts_at]),
        options={code: units for code, units in slot.units.items() if code != NO_OPTION},
        fits=has_room(offered, rooms, slot.starts_at, party),
        closed=slot.closed,
    )

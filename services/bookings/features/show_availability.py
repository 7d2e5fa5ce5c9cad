"""Show what is left of offerings, day by day."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from annotated_types import Len
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.domain.party import MOST_PERSONS
from shared.db import acquire, fetch_all
from shared.http.access import PUBLIC
from shared.http.keys import DATABASE
from shared.http.models import Day, Query, Reply
from shared.http.route import route

MOST_OFFERINGS: Final = 60
MOST_DAYS: Final = 62
# Many offerings for a fortnight, or a few for two months.
MOST_OFFERING_DAYS: Final = 900


class AvailabilityQuery(Query):
    """Offerings, the days from `from` to `to` (both included), and the party's size."""

    offering: Annotated[list[UUID], Len(1, MOST_OFFERINGS)]
    from_day: Day = Field(alias="from")
    to: Day
    party: Annotated[int, Field(ge=1, le=MOST_PERSONS)] = 1

    @model_validator(mode="after")
    def _in_order(self) -> "AvailabilityQuery":
        if not timedelta(0) <= self.to - self.from_day < timedelta(days=MOST_DAYS):
            raise PydanticCustomError("days_out_of_range", "The days are not a range")
        if len(self.offering) * ((self.to - self.from_day).days + 1) > MOST_OFFERING_DAYS:
            raise PydanticCustomError("too_many_offering_days", "Too much is asked for at once")
        return self


class SlotAvailability(Reply):
    """One slot: `left` counts pitches of a stay and seats of a session.

    `left` is what the tightest of the slot's pools allows; `fits` tells whether the whole party
    has room in all of them.
    """

    offering_id: UUID
    slot_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    left: int
    fits: bool


class Availability(Reply):
    """The slots in the order of their beginning."""

    items: list[SlotAvailability]


FIND_LEFT: Final = """
with room as (
    select
        slots.offering_id, slots.slot_id, slots.day, slots.starts_at, slots.ends_at,
        greatest(own.capacity - own.taken, 0) as units,
        greatest(
            least(
                venue_day.capacity - venue_day.taken,
                village_day.capacity - village_day.taken,
                district_day.capacity - district_day.taken
            ),
            0
        ) as persons,
        coalesce(offerings.persons_per_unit, 1) as persons_per_unit
    from slots
    join offerings on offerings.offering_id = slots.offering_id and offerings.on_sale
    join venues on venues.venue_id = offerings.venue_id and venues.on_sale
    join villages on villages.village_id = venues.village_id
    join pools as own on own.id = slots.pool_ids[1]
    join pools as venue_day on venue_day.id = slots.pool_ids[2]
    join pools as village_day on village_day.id = slots.pool_ids[3]
    join pools as district_day on district_day.id = slots.pool_ids[4]
    where slots.offering_id = any ($1::uuid[])
        and slots.on_sale
        and slots.day between $2 and $3
        and case offerings.kind
            when 'session' then slots.starts_at > now()
            else slots.day >= current_date
        end
)
select
    offering_id, slot_id, day, starts_at, ends_at,
    least(units, ceil(persons::numeric / persons_per_unit)::integer) as left,
    units >= ceil($4::numeric / persons_per_unit) and persons >= $4 as fits
from room
order by starts_at, offering_id
"""


@route("GET", "/v1/availability", access=PUBLIC)
async def show_availability(request: web.Request, query: AvailabilityQuery) -> Availability:
    """Show what is left of offerings on some days, for a party.

    The figures are the database's own of this moment, not a forecast; only an order takes places.
    """
    async with acquire(request.app[DATABASE]) as conn:
        items = await fetch_all(
            conn,
            SlotAvailability,
            FIND_LEFT,
            query.offering,
            query.from_day,
            query.to,
            query.party,
        )
    return Availability(items=items)

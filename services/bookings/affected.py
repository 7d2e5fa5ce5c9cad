"""Whom a change would touch: the live lines in a place or time, and what they sum up to.

First the lines are found, by one of the statements here: those of an offering's times, or those of
an area, kinds and a time. Then `count_touched` says of any such lines how many orders, persons and
fen they are. Nothing here is personal: codes and figures only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from shared.contracts.terms import OfferingKind
from shared.core.masking import CodeEnd
from shared.core.money import Fen
from shared.db import Connection, fetch_all, fetch_one
from shared.http.models import Reply

# How many orders are named; the others are only counted.
MOST_NAMED: Final = 50

# $1 to $3 are ranges of time of offerings. Nights and tables are touched by every range that they
# overlap, whatever has a fixed start by those in which it begins: two sessions may overlap. A line
# of a stay begins up to 30 nights before a night of it.
LINES_IN_RANGES: Final = """
with spans as (
    select
        offering_id, venue_id, range_agg(tstzrange(begins, ends)) as times,
        (min(begins) at time zone 'Asia/Shanghai')::date - 31 as first_day,
        (max(ends) at time zone 'Asia/Shanghai')::date as last_day
    from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[])
        as asked (offering_id, begins, ends)
    join offerings using (offering_id)
    group by offering_id, venue_id
)
select line.line_id
from spans
join order_lines as line
    on line.venue_id = spans.venue_id
    and line.day between spans.first_day and spans.last_day
    and line.offering_id = spans.offering_id
where line.claim_state <> 'released'
    and case
        when line.kind in ('stay', 'table')
            then tstzrange(line.starts_at, line.ends_at) && spans.times
        else spans.times @> line.starts_at
    end
"""

# What has a fixed start is touched by the moment of it alone, as above.
RANGES_OF_SLOTS: Final = """
select
    slots.offering_id,
    slots.starts_at as begins,
    case
        when offerings.kind in ('stay', 'table') then slots.ends_at
        else slots.starts_at + interval '1 microsecond'
    end as ends
from slots
join offerings using (offering_id)
where slots.slot_id = any ($1::uuid[])
"""

# $1 are slots of which less is left to sell than before: $2 of each option, none of what is not
# named. Nobody loses anything while no more than that is taken.
OVERTAKEN: Final = """
select distinct subject_id as slot_id
from pools
where scope = 'slot'
    and subject_id = any ($1::uuid[])
    and taken > coalesce(($2::jsonb -> option)::integer, 0)
"""

# $1 villages, $2 venues, $3 kinds, each null for all of them; $4 and $5 from when until when.
LINES_IN_AREA: Final = """
select line.line_id
from venues
join order_lines as line
    on line.venue_id = venues.venue_id
    and line.day between ($4::timestamptz at time zone 'Asia/Shanghai')::date - 31
        and ($5::timestamptz at time zone 'Asia/Shanghai')::date
where ($1::uuid[] is null or venues.village_id = any ($1))
    and ($2::uuid[] is null or venues.venue_id = any ($2))
    and ($3::text[] is null or line.kind = any ($3))
    and line.claim_state <> 'released'
    and line.starts_at < $5
    and line.ends_at > $4
"""

# A line that waits to take the place of another one is the same people once more.
COUNT: Final = """
select
    count(distinct line.order_id)::integer as orders,
    coalesce(sum(line.persons), 0)::integer as persons,
    coalesce(sum(line.price_fen), 0)::bigint as fen
from order_lines as line
where line.line_id = any ($1::uuid[])
    and (line.held_until is null or line.claim_state = 'kept'
        or line.replaces_line_id <> all ($1::uuid[]))
"""

NAME: Final = """
select
    orders.order_id, orders.code, min(line.day) as day, sum(line.persons)::integer as persons
from order_lines as line
join orders using (order_id)
where line.line_id = any ($1::uuid[])
    and (line.held_until is null or line.claim_state = 'kept'
        or line.replaces_line_id <> all ($1::uuid[]))
group by orders.order_id
order by day, orders.order_id
limit $2
"""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From when until when of an offering; the end is not part of it."""

    offering_id: UUID
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Area:
    """Villages, venues and kinds for a time; None is all of them, and the end is not part of it."""

    begins: datetime
    ends: datetime
    villages: Sequence[UUID] | None = None
    venues: Sequence[UUID] | None = None
    kinds: Sequence[OfferingKind] | None = None


class TouchedOrder(Reply):
    """One order: its first day and its people, as far as they are touched."""

    order_id: UUID
    code: CodeEnd
    day: date
    persons: int


class TouchedOrders(Reply):
    """How many orders would be touched, with how many people, worth how much; the first of them."""

    orders: int
    persons: int
    fen: Fen
    first: list[TouchedOrder]


@dataclass(frozen=True, slots=True)
class _Sum:
    orders: int
    persons: int
    fen: int


async def lines_in_ranges(conn: Connection, ranges: Sequence[TimeRange]) -> list[UUID]:
    """Return the live lines at these times of offerings, held and kept ones."""
    rows = await conn.fetch(
        LINES_IN_RANGES,
        [one.offering_id for one in ranges],
        [one.begins for one in ranges],
        [one.ends for one in ranges],
    )
    return [row["line_id"] for row in rows]


async def lines_of_slots(conn: Connection, slot_ids: Sequence[UUID]) -> list[UUID]:
    """Return the live lines in these slots; a slot that bookings never heard of has none."""
    ranges = await fetch_all(conn, TimeRange, RANGES_OF_SLOTS, slot_ids)
    return await lines_in_ranges(conn, ranges)


async def overtaken_slots(
    conn: Connection, slot_ids: Sequence[UUID], left: Mapping[str, int]
) -> list[UUID]:
    """Return those of the slots of which more is taken than would be left of an option."""
    rows = await conn.fetch(OVERTAKEN, slot_ids, dict(left))
    return [row["slot_id"] for row in rows]


async def lines_in_area(conn: Connection, area: Area) -> list[UUID]:
    """Return the live lines in an area, of some kinds, that overlap a time."""
    rows = await conn.fetch(
        LINES_IN_AREA, area.villages, area.venues, area.kinds, area.begins, area.ends
    )
    return [row["line_id"] for row in rows]


async def count_touched(conn: Connection, line_ids: Sequence[UUID]) -> TouchedOrders:
    """Return what these lines sum up to, and the first `MOST_NAMED` of their orders by day."""
    total = await fetch_one(conn, _Sum, COUNT, line_ids)
    first = await fetch_all(conn, TouchedOrder, NAME, line_ids, MOST_NAMED)
    return TouchedOrders(orders=total.orders, persons=total.persons, fen=total.fen, first=first)

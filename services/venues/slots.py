"""From schedules to slots: what a schedule asks for exists, what it no longer asks for does not.

The day of a slot and the hours of a schedule are those of the villages (Asia/Shanghai). A slot
that has begun is never touched. The caller holds the lock on the venue's row.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.venues import telling
from services.venues.domain.slot_times import CHECK_IN, CHECK_OUT, horizon
from services.venues.ownership import LockedVenue
from shared.contracts.venues import SlotWithdrawn
from shared.core.clock import local_day
from shared.db import Connection

# How many units the options of an offering have together is what its slots have; without options
# the schedule says it.
KEEP_UP: Final = """
update schedules s
set
    slots_until = least(s.last_day, $2::date),
    capacity = coalesce(
        (
            select sum((unit -> 'units')::integer)::integer
            from offerings o, jsonb_array_elements(o.terms -> 'options') as unit
            where o.offering_id = s.offering_id
        ),
        s.capacity
    )
where s.offering_id = $1
"""

# $1 the offering, $2 now, $3 today, $4 the last day for which slots exist, $5 and $6 the hours of
# arrival and departure of stays. Both changes see the table as it was before either, and touch
# different rows: those that are wanted, and those that are not. A changed slot counts as not
# published until the others are told of the change.
FIT_SLOTS: Final = """
with days as (
    select
        s.kind,
        s.times,
        s.opens_at,
        s.closes_at,
        o.duration_minutes,
        day::date as day
    from schedules s
    join offerings o using (offering_id)
    cross join lateral generate_series(
        greatest(s.first_day, $3::date)::timestamp,
        least(s.last_day, $4::date)::timestamp,
        interval '1 day'
    ) as day
    where s.offering_id = $1 and extract(isodow from day) = any(s.weekdays)
),
hours as (
    select day, day + $5::time as opens, day + 1 + $6::time as closes
    from days
    where kind = 'stay'
    union all
    select day, day + start, day + start + make_interval(mins => duration_minutes)
    from days
    cross join unnest(times) as start
    where kind in ('session', 'entry')
    union all
    select day, day + opens_at, day + closes_at
    from days
    where kind = 'entry' and opens_at is not null
    union all
    select day, quarter, quarter + interval '15 minutes'
    from days
    cross join lateral generate_series(
        day + opens_at, day + closes_at - interval '15 minutes', interval '15 minutes'
    ) as quarter
    where kind = 'table'
),
wanted as (
    select
        day,
        opens at time zone 'Asia/Shanghai' as starts_at,
        closes at time zone 'Asia/Shanghai' as ends_at
    from hours
),
sizes as (
    select
        s.capacity,
        coalesce(
            (
                select
                    jsonb_agg(
                        jsonb_build_object('option', unit -> 'code', 'capacity', unit -> 'units')
                        order by place
                    )
                from jsonb_array_elements(o.terms -> 'options')
                    with ordinality as listed (unit, place)
            ),
            '[]'
        ) as parts
    from schedules s
    join offerings o using (offering_id)
    where s.offering_id = $1
),
dropped as (
    update slots s
    set
        offered = false,
        published = false,
        event_version = s.event_version + s.published::integer
    where
        s.offering_id = $1
        and s.offered
        and s.starts_at > $2
        and not exists (select from wanted w where w.starts_at = s.starts_at)
    returning s.slot_id, s.event_version as version, old.published as was_published
),
fitted as (
    insert into slots as s (offering_id, day, starts_at, ends_at, capacity, parts)
    select $1, day, starts_at, ends_at, capacity, parts
    from wanted
    cross join sizes
    where starts_at > $2
    order by starts_at
    on conflict on constraint slots_one_per_start do update
    set
        ends_at = excluded.ends_at,
        capacity = excluded.capacity,
        parts = excluded.parts,
        offered = true,
        published = false
    where
        (s.ends_at, s.capacity, s.parts, s.offered)
        is distinct from (excluded.ends_at, excluded.capacity, excluded.parts, true)
)
select slot_id, version from dropped where was_published
"""


async def fit_slots(
    conn: Connection, venue: LockedVenue, offering_ids: Sequence[UUID], now: datetime
) -> None:
    """Make the future slots of a venue's offerings those of their schedules, and tell of it.

    Doing it again changes nothing and tells nobody anything. One statement deals with one
    offering: tables that are open round the clock make some 8,700 slots in 90 days.
    """
    today = local_day(now)
    last = horizon(today)
    for offering_id in offering_ids:
        await conn.execute(KEEP_UP, offering_id, last)
        withdrawn = await conn.fetch(FIT_SLOTS, offering_id, now, today, last, CHECK_IN, CHECK_OUT)
        await telling.tell(conn, SlotWithdrawn, "slot_id", withdrawn)
    if venue.on_sale:
        await telling.publish_slots(conn, venue.venue_id, offering_ids, now)

"""From schedules to slots: what a schedule asks for exists, what it no longer asks for does not.

The day of a slot and the hours of a schedule are those of the villages (Asia/Shanghai). A slot
that has begun is never touched. The caller holds the lock on the venue's row.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from services.venues import telling
from services.venues.domain.slot_times import CHECK_IN, CHECK_OUT, horizon
from services.venues.ownership import LockedVenue
from shared.contracts.venues import SlotWithdrawn
from shared.core.clock import local_day
from shared.db import Connection

# $1 offerings, $2 now, $3 today, $4 the last day for which slots exist, $5 and $6 the hours of
# arrival and departure of stays. Both changes see the table as it was before either, and touch
# different rows: those that are wanted, and those that are not. A changed slot counts as not
# published until the others are told of the change.
FIT_SLOTS: Final = """
with days as (
    select
        s.offering_id,
        s.capacity,
        s.kind,
        s.times,
        o.duration_minutes,
        day::date as day
    from schedules s
    join offerings o using (offering_id)
    cross join lateral generate_series(
        greatest(s.first_day, $3::date)::timestamp,
        least(s.last_day, $4::date)::timestamp,
        interval '1 day'
    ) as day
    where s.offering_id = any($1::uuid[]) and extract(isodow from day) = any(s.weekdays)
),
wanted as (
    select
        offering_id,
        day,
        (day + $5::time) at time zone 'Asia/Shanghai' as starts_at,
        (day + 1 + $6::time) at time zone 'Asia/Shanghai' as ends_at,
        capacity
    from days
    where kind = 'stay'
    union all
    select
        offering_id,
        day,
        (day + start) at time zone 'Asia/Shanghai',
        (day + start) at time zone 'Asia/Shanghai' + make_interval(mins => duration_minutes),
        capacity
    from days
    cross join unnest(times) as start
    where kind = 'session'
),
dropped as (
    update slots s
    set
        offered = false,
        published = false,
        event_version = s.event_version + s.published::integer
    where
        s.offering_id = any($1::uuid[])
        and s.offered
        and s.starts_at > $2
        and not exists (
            select from wanted w
            where w.offering_id = s.offering_id and w.starts_at = s.starts_at
        )
    returning s.slot_id, s.event_version as version, old.published as was_published
),
fitted as (
    insert into slots as s (offering_id, day, starts_at, ends_at, capacity)
    select offering_id, day, starts_at, ends_at, capacity
    from wanted
    where starts_at > $2
    order by starts_at
    on conflict on constraint slots_one_per_start do update
    set
        ends_at = excluded.ends_at,
        capacity = excluded.capacity,
        offered = true,
        published = false
    where
        (s.ends_at, s.capacity, s.offered)
        is distinct from (excluded.ends_at, excluded.capacity, true)
)
select slot_id, version from dropped where was_published
"""

KEEP_LAST_DAY: Final = """
update schedules
set slots_until = least(last_day, $2::date)
where offering_id = any($1::uuid[])
"""


async def fit_slots(
    conn: Connection, venue: LockedVenue, offering_ids: list[UUID], now: datetime
) -> None:
    """Make the future slots of a venue's offerings those of their schedules, and tell of it.

    Doing it again changes nothing and tells nobody anything.
    """
    today = local_day(now)
    last = horizon(today)
    for some in telling.batches(offering_ids):
        withdrawn = await conn.fetch(FIT_SLOTS, some, now, today, last, CHECK_IN, CHECK_OUT)
        await conn.execute(KEEP_LAST_DAY, some, last)
        await telling.tell(conn, SlotWithdrawn, "slot_id", withdrawn)
    if venue.state == "published":
        await telling.publish_slots(conn, venue.venue_id, offering_ids, now)

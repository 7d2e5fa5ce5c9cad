"""From busy times to slots: what other channels have sold is blocked, and told as less capacity.

A day of a calendar blocks the slots of that day: a stay's night is the day of its evening. An
instant blocks what it overlaps. The caller holds the lock on the venue's row.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from shared.db import Connection

# More than any slot has.
EVERYTHING: Final = 1_000_000

# Days that one statement looks at, so that it ends well before the statement timeout: a café has 96
# slots a day, and search counts each day's room anew.
DAYS_AT_ONCE: Final = timedelta(days=15)

DAYS_AHEAD: Final = """
select min(s.day) as first_day, max(s.day) as last_day
from slots s
join offerings o using (offering_id)
where s.offering_id = $1 and is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, $2)
"""

# $1 the offering, $2 now, $3 everything, $4 and $5 the days, the last one excluded. A slot whose
# blocked units change counts as not published until the others are told. No slot ends later than
# two days after its own.
BLOCK_SLOTS: Final = """
with ahead as materialized (
    select s.slot_id, s.day, s.starts_at, s.ends_at
    from slots s
    join offerings o using (offering_id)
    where
        s.offering_id = $1
        and s.day >= $4
        and s.day < $5
        and is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, $2)
),
busy as (
    select
        f.blocks,
        coalesce(f.option, '') as option,
        b.starts_at,
        b.ends_at,
        coalesce(b.first_day, (b.starts_at at time zone 'Asia/Shanghai')::date - 2) as first_day,
        coalesce(b.end_day, (b.ends_at at time zone 'Asia/Shanghai')::date + 1) as end_day
    from feeds f
    join feed_busy_times b using (feed_id)
    where f.offering_id = $1
),
busy_days as materialized (
    select
        busy.blocks,
        busy.option,
        listed::date as day,
        busy.starts_at,
        busy.ends_at,
        count(*) as times
    from busy
    cross join lateral generate_series(
        greatest(busy.first_day, $4::date)::timestamp,
        (least(busy.end_day, $5::date) - 1)::timestamp,
        interval '1 day'
    ) as listed
    group by busy.blocks, busy.option, listed, busy.starts_at, busy.ends_at
),
hits as (
    select slot_id, blocks, option, sum(times)::integer as times
    from (
        -- What nothing hits is none the less here, with nothing.
        select slot_id, null as blocks, '' as option, 0 as times from ahead
        union all
        select ahead.slot_id, busy_days.blocks, busy_days.option, busy_days.times
        from ahead
        join busy_days using (day)
        where busy_days.starts_at is null
        union all
        select ahead.slot_id, busy_days.blocks, busy_days.option, busy_days.times
        from ahead
        join busy_days using (day)
        where ahead.starts_at < busy_days.ends_at and ahead.ends_at > busy_days.starts_at
    ) as overlapping
    group by slot_id, blocks, option
),
wanted as (
    select
        slot_id,
        case
            when bool_or(blocks = 'all') then $3::integer
            else sum(times) filter (where option = '')::integer
        end as blocked,
        coalesce(
            jsonb_object_agg(option, times) filter (where blocks = 'unit' and option <> ''), '{}'
        ) as blocked_parts
    from hits
    group by slot_id
)
update slots s
set blocked = wanted.blocked, blocked_parts = wanted.blocked_parts, published = false
from wanted
where
    s.slot_id = wanted.slot_id
    and (s.blocked, s.blocked_parts) is distinct from (wanted.blocked, wanted.blocked_parts)
"""

# $1 the offering, $2 now, $3 and $4 the days, the last one excluded. For search: bookings tells
# nothing of a slot that nobody has booked. Its first word, version 1, takes the place of ours.
NOTE_PLACES: Final = """
insert into place_projections as known (
    subject_id, day, option, scope, capacity, places_left, version
)
select s.slot_id, s.day, part.option, 'slot', part.capacity, part.capacity, 0
from slots s
join offerings o using (offering_id)
cross join lateral (
    select
        '' as option,
        units_not_blocked(s.capacity, s.parts, s.blocked, s.blocked_parts) as capacity
    where s.parts = '[]'
    union all
    select listed ->> 'option', (listed -> 'capacity')::integer
    from jsonb_array_elements(
        unblocked_parts(s.parts, s.blocked, s.blocked_parts)
    ) as listed
) as part
where
    s.offering_id = $1
    and is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, $2)
    and s.day >= $3
    and s.day < $4
    and (
        s.blocked > 0
        or s.blocked_parts <> '{}'
        or exists (
            select from place_projections ours
            where ours.subject_id = s.slot_id and ours.version = 0
        )
    )
order by s.starts_at, part.option
on conflict (subject_id, day, option) do update
set capacity = excluded.capacity, places_left = excluded.places_left
where known.version = 0 and known.places_left <> excluded.places_left
"""

HAS_FEEDS: Final = """
select exists (select from feeds where offering_id = $1)
or exists (
    select from slots s
    join offerings o using (offering_id)
    where
        s.offering_id = $1
        and is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, $2)
        and (s.blocked > 0 or s.blocked_parts <> '{}')
)
"""


async def block_slots(conn: Connection, offering_id: UUID, now: datetime) -> None:
    """Make the blocked units of an offering's slots on sale those of its feeds' busy times."""
    if not await conn.fetchval(HAS_FEEDS, offering_id, now):
        return
    ahead = await conn.fetchrow(DAYS_AHEAD, offering_id, now)
    if ahead is None or ahead["first_day"] is None:
        return
    first, last = ahead["first_day"], ahead["last_day"]
    while first <= last:
        end = first + DAYS_AT_ONCE
        await conn.execute(BLOCK_SLOTS, offering_id, now, EVERYTHING, first, end)
        await conn.execute(NOTE_PLACES, offering_id, now, first, end)
        first = end

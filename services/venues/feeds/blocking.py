"""From busy times to slots: what other channels have sold is blocked, and told as less capacity.

A day of a calendar blocks the slots of that day: a stay's night is the day of its evening. An
instant blocks what it overlaps. The caller holds the lock on the venue's row.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from shared.db import Connection

# More than any slot has.
EVERYTHING: Final = 1_000_000

# $1 the offering, $2 now, $3 everything. A slot whose blocked units change counts as not published
# until the others are told.
BLOCK_SLOTS: Final = """
with busy as (
    select
        f.blocks,
        coalesce(f.option, '') as option,
        b.first_day,
        b.end_day,
        b.starts_at,
        b.ends_at
    from feeds f
    join feed_busy_times b using (feed_id)
    where f.offering_id = $1
),
hits as (
    select s.slot_id, busy.blocks, busy.option, count(*)::integer as times
    from slots s
    join busy on (
        s.day >= busy.first_day and s.day < busy.end_day
        or s.starts_at < busy.ends_at and s.ends_at > busy.starts_at
    )
    where s.offering_id = $1 and s.starts_at > $2
    group by s.slot_id, busy.blocks, busy.option
),
wanted as (
    select
        slot_id,
        case
            when bool_or(blocks = 'all') then $3::integer
            else coalesce(sum(times) filter (where option = ''), 0)::integer
        end as blocked,
        coalesce(
            jsonb_object_agg(option, times) filter (where blocks = 'unit' and option <> ''), '{}'
        ) as blocked_parts
    from hits
    group by slot_id
),
changed as (
    select
        s.slot_id,
        coalesce(w.blocked, 0) as blocked,
        coalesce(w.blocked_parts, '{}') as blocked_parts
    from slots s
    left join wanted w using (slot_id)
    where
        s.offering_id = $1
        and s.starts_at > $2
        and (s.blocked, s.blocked_parts)
        is distinct from (coalesce(w.blocked, 0), coalesce(w.blocked_parts, '{}'))
)
update slots s
set blocked = changed.blocked, blocked_parts = changed.blocked_parts, published = false
from changed
where s.slot_id = changed.slot_id
"""

# For search: bookings tells nothing of a slot that nobody has booked. Its first word, version 1,
# takes the place of ours.
NOTE_PLACES: Final = """
insert into place_projections as known (
    subject_id, day, option, scope, capacity, places_left, version
)
select s.slot_id, s.day, part.option, 'slot', part.capacity, part.capacity, 0
from slots s
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
    and s.starts_at > $2
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
    select from slots
    where offering_id = $1 and starts_at > $2 and (blocked > 0 or blocked_parts <> '{}')
)
"""


async def block_slots(conn: Connection, offering_id: UUID, now: datetime) -> None:
    """Make the blocked units of an offering's coming slots those of its feeds' busy times."""
    if await conn.fetchval(HAS_FEEDS, offering_id, now):
        await conn.execute(BLOCK_SLOTS, offering_id, now, EVERYTHING)
        await conn.execute(NOTE_PLACES, offering_id, now)

"""From schedules to slots: what a schedule asks for exists, what it no longer asks for does not.

Which slots those are is worked out beforehand (`slot_plans.py`, `domain/openings.py`); here the
database takes them over. A slot that is no longer sold is never touched, and no row is ever
deleted: one that comes back is the same slot as before. The caller holds the venue's lock.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.venues import telling
from services.venues.feeds.blocking import block_slots
from services.venues.ownership import LockedVenue
from services.venues.slot_plans import SlotPlan, plan_slots
from shared.contracts.venues import SlotWithdrawn
from shared.db import Connection

KEEP_UP: Final = """
update schedules
set slots_until = least(last_day, $2::date), capacity = $3, calendar_mark = $4
where offering_id = $1
"""

# $1 the offering, $2 now, $3 when the wanted slots begin. Of the days after $4 up to $5, the
# schedule's last, nothing is decided yet: slots there stay as they are.
DROP_SLOTS: Final = """
with dropped as (
    update slots s
    set
        offered = false,
        published = false,
        event_version = s.event_version + s.published::integer
    from offerings o
    where
        s.offering_id = $1
        and o.offering_id = s.offering_id
        and s.offered
        and is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, $2)
        and (s.day <= $4 or s.day > $5)
        and not exists (
            select from unnest($3::timestamptz[]) as wanted (starts_at)
            where wanted.starts_at = s.starts_at
        )
    returning s.slot_id, s.event_version as version, old.published as was_published
)
select slot_id, version from dropped where was_published
"""

# $1 the offering, $2 to $5 some of the wanted slots, $6 their parts. Most days nearly all are as
# they should be. A changed slot counts as not published until the others are told of the change.
MAKE_SLOTS: Final = """
insert into slots as s (offering_id, day, starts_at, ends_at, capacity, parts)
select $1, w.day, w.starts_at, w.ends_at, w.capacity, $6::jsonb
from unnest($2::date[], $3::timestamptz[], $4::timestamptz[], $5::integer[])
    as w (day, starts_at, ends_at, capacity)
left join slots p on p.offering_id = $1 and p.starts_at = w.starts_at
where
    (p.ends_at, p.capacity, p.parts, p.offered)
    is distinct from (w.ends_at, w.capacity, $6::jsonb, true)
order by w.starts_at
on conflict on constraint slots_one_per_start do update
set
    ends_at = excluded.ends_at,
    capacity = excluded.capacity,
    parts = excluded.parts,
    offered = true,
    published = false
"""

# Slots that one statement makes, so that it ends well before the statement timeout, that of a slow
# machine too.
AT_ONCE: Final = 2000


async def fit_slots(
    conn: Connection, venue: LockedVenue, offering_ids: Sequence[UUID], now: datetime
) -> None:
    """Make the slots of a venue's offerings those of their schedules, and tell of it.

    Doing it again changes nothing and tells nobody anything. Tables that are open round the clock
    make some 8,700 slots in 90 days.
    """
    for plan in await plan_slots(conn, offering_ids, now):
        await conn.execute(
            KEEP_UP, plan.offering_id, plan.settled_until, plan.capacity, plan.calendar_mark
        )
        withdrawn = await conn.fetch(
            DROP_SLOTS, plan.offering_id, now, plan.starts, plan.settled_until, plan.last_day
        )
        await telling.tell(conn, SlotWithdrawn, "slot_id", withdrawn)
        await _make(conn, plan)
        await block_slots(conn, plan.offering_id, now)
    if venue.on_sale:
        await telling.publish_slots(conn, venue.venue_id, offering_ids, now)


async def _make(conn: Connection, plan: SlotPlan) -> None:
    for first in range(0, len(plan.starts), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        await conn.execute(
            MAKE_SLOTS,
            plan.offering_id,
            plan.days[some],
            plan.starts[some],
            plan.ends[some],
            plan.capacities[some],
            plan.parts,
        )

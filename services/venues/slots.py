"""From schedules to slots: what a schedule asks for exists, what it no longer asks for does not.

Which slots those are is worked out beforehand (`slot_plans.py`, `domain/openings.py`); here the
database takes them over. A slot that has begun is never touched, and no row is ever deleted: one
that comes back is the same slot as before. The caller holds the lock on the venue's row.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.venues import telling
from services.venues.ownership import LockedVenue
from services.venues.slot_plans import plan_slots
from shared.contracts.venues import SlotWithdrawn
from shared.db import Connection

KEEP_UP: Final = """
update schedules
set slots_until = least(last_day, $2::date), capacity = $3, calendar_mark = $4
where offering_id = $1
"""

# $1 the offering, $2 now, $3 to $6 the wanted slots, $7 their parts. Of the days after $8 up to
# $9, the schedule's last, nothing is decided yet: slots there stay as they are. Both changes see
# the table as it was before either, and touch different rows: those that are wanted, and those
# that are not. A changed slot counts as not published until the others are told of the change.
FIT_SLOTS: Final = """
with wanted as (
    select day, starts_at, ends_at, capacity
    from unnest($3::date[], $4::timestamptz[], $5::timestamptz[], $6::integer[])
        as slot (day, starts_at, ends_at, capacity)
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
        and (s.day <= $8 or s.day > $9)
        and not exists (select from wanted w where w.starts_at = s.starts_at)
    returning s.slot_id, s.event_version as version, old.published as was_published
),
fitted as (
    insert into slots as s (offering_id, day, starts_at, ends_at, capacity, parts)
    select $1, day, starts_at, ends_at, capacity, $7::jsonb
    from wanted
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
    for plan in await plan_slots(conn, offering_ids, now):
        await conn.execute(
            KEEP_UP, plan.offering_id, plan.settled_until, plan.capacity, plan.calendar_mark
        )
        withdrawn = await conn.fetch(
            FIT_SLOTS,
            plan.offering_id,
            now,
            plan.days,
            plan.starts,
            plan.ends,
            plan.capacities,
            plan.parts,
            plan.settled_until,
            plan.last_day,
        )
        await telling.tell(conn, SlotWithdrawn, "slot_id", withdrawn)
    if venue.on_sale:
        await telling.publish_slots(conn, venue.venue_id, offering_ids, now)

"""What a slot plan would change, before anything is changed: made, withdrawn, changed slots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from services.venues.slot_plans import SlotPlan
from shared.db import Connection, fetch_all

# The same slots, and the same limits, as in `FIT_SLOTS`. `touches`: people may have booked what is
# no longer there afterwards. Only what the others were told of can have been booked.
FIND_CHANGES: Final = """
with wanted as (
    select day, starts_at, ends_at, capacity
    from unnest($3::date[], $4::timestamptz[], $5::timestamptz[], $6::integer[])
        as slot (day, starts_at, ends_at, capacity)
),
present as (
    select slot_id, day, starts_at, ends_at, capacity, parts, event_version
    from slots
    where
        offering_id = $1
        and offered
        and starts_at > $2
        and (day <= $8 or day > $9)
),
compared as (
    select
        p.slot_id,
        coalesce(w.day, p.day) as day,
        starts_at,
        coalesce(w.ends_at, p.ends_at) as ends_at,
        p.capacity as earlier_capacity,
        w.capacity,
        case
            when p.slot_id is null then 'made'
            when w.day is null then 'withdrawn'
            else 'changed'
        end as change,
        p.event_version > 0 and (
            w.day is null
            or w.ends_at <> p.ends_at
            or w.capacity < p.capacity
            or exists (
                select
                from jsonb_array_elements(p.parts) as had
                left join jsonb_array_elements($7::jsonb) as part
                    on part -> 'option' = had -> 'option'
                where (had -> 'capacity')::integer > coalesce((part -> 'capacity')::integer, 0)
            )
        ) as touches
    from present p
    full join wanted w using (starts_at)
    where
        p.slot_id is null
        or w.day is null
        or (p.ends_at, p.capacity, p.parts) is distinct from (w.ends_at, w.capacity, $7::jsonb)
)
select
    slot_id, day, starts_at, ends_at, earlier_capacity, capacity, change,
    coalesce(touches, false) as touches
from compared
order by starts_at
"""


@dataclass(frozen=True, slots=True)
class SlotChange:
    """A slot that comes, goes or becomes another; a capacity is null where there is no slot."""

    slot_id: UUID | None
    day: date
    starts_at: datetime
    ends_at: datetime
    earlier_capacity: int | None
    capacity: int | None
    change: Literal["made", "withdrawn", "changed"]
    touches: bool


async def find_changes(conn: Connection, plan: SlotPlan, now: datetime) -> list[SlotChange]:
    """Return what fitting the slots to a plan would change, in the order of their beginnings."""
    return await fetch_all(
        conn,
        SlotChange,
        FIND_CHANGES,
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


def touched_slots(changes: Sequence[SlotChange]) -> frozenset[UUID]:
    """Return the slots that people may have booked, and that go or offer less than before."""
    return frozenset(one.slot_id for one in changes if one.touches and one.slot_id is not None)

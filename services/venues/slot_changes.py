"""What a slot plan would change, before anything is changed: made, withdrawn, changed slots."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.venues.slot_plans import SlotPlan
from shared.db import Connection, fetch_all

# The same slots, and the same limits, as when slots are fitted (`slots.py`): those that others were
# told of, so that people may have booked them, and that would go, end at another time, or have
# fewer places.
FIND_TOUCHED: Final = """
with wanted as (
    select starts_at, ends_at, capacity
    from unnest($3::timestamptz[], $4::timestamptz[], $5::integer[])
        as slot (starts_at, ends_at, capacity)
),
told as (
    select slot_id, starts_at, ends_at, capacity, parts
    from slots
    where
        offering_id = $1
        and offered
        and event_version > 0
        and starts_at > $2
        and (day <= $7 or day > $8)
)
select t.slot_id
from told t
left join wanted w using (starts_at)
where
    w.ends_at is distinct from t.ends_at
    or w.capacity < t.capacity
    or (
        t.parts <> $6::jsonb
        and exists (
            select
            from jsonb_array_elements(t.parts) as had
            left join jsonb_array_elements($6::jsonb) as part
                on part -> 'option' = had -> 'option'
            where (had -> 'capacity')::integer > coalesce((part -> 'capacity')::integer, 0)
        )
    )
"""

# Of each sort the first $10; `number_of` counts them all.
FIND_CHANGES: Final = """
with wanted as (
    select day, starts_at, ends_at, capacity
    from unnest($3::date[], $4::timestamptz[], $5::timestamptz[], $6::integer[])
        as slot (day, starts_at, ends_at, capacity)
),
present as (
    select slot_id, day, starts_at, ends_at, capacity, parts
    from slots
    where offering_id = $1 and offered and starts_at > $2 and (day <= $8 or day > $9)
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
        end as change
    from present p
    full join wanted w using (starts_at)
    where
        p.slot_id is null
        or w.day is null
        or (p.ends_at, p.capacity, p.parts) is distinct from (w.ends_at, w.capacity, $7::jsonb)
),
numbered as (
    select
        compared.*,
        row_number() over (partition by change order by starts_at) as number,
        count(*) over (partition by change) as number_of
    from compared
)
select slot_id, day, starts_at, ends_at, earlier_capacity, capacity, change, number_of
from numbered
where number <= $10
order by starts_at
"""


@dataclass(frozen=True, slots=True)
class SlotChange:
    """A slot that comes, goes or becomes another; a capacity is null where there is no slot.

    `change` is `made`, `withdrawn` or `changed`, and `number_of` how many there are of its sort.
    """

    slot_id: UUID | None
    day: date
    starts_at: datetime
    ends_at: datetime
    earlier_capacity: int | None
    capacity: int | None
    change: str
    number_of: int


async def find_changes(
    conn: Connection, plan: SlotPlan, now: datetime, most: int
) -> list[SlotChange]:
    """Return the first changes of each sort that fitting the slots to a plan would make."""
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
        most,
    )


async def find_touched(conn: Connection, plan: SlotPlan, now: datetime) -> frozenset[UUID]:
    """Return the slots that people may have booked, and that go or offer less than before."""
    rows = await conn.fetch(
        FIND_TOUCHED,
        plan.offering_id,
        now,
        plan.starts,
        plan.ends,
        plan.capacities,
        plan.parts,
        plan.settled_until,
        plan.last_day,
    )
    return frozenset(row["slot_id"] for row in rows)

"""What slot plans would change, before anything is changed: made, withdrawn, changed slots."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any, Final, TypeVar
from uuid import UUID

from services.venues.slot_plans import SlotPlan
from shared.db import Connection, fetch_all

T = TypeVar("T")

# $1 now, $2 to $5 the offerings, the parts of their slots, until when they are settled and when
# their schedules end; $6 to $9 the wanted slots. $10 are the only days that are looked at, null for
# all of them. The same slots, and the same limits, as when slots are fitted (`slots.py`): those
# that others were told of, so that people may have booked them, and that would go, end at another
# time, or have fewer places. `units_left` are the places by option where only those are fewer.
FIND_TOUCHED: Final = """
with plans as (
    select offering_id, units -> 'parts' as parts, settled_until, last_day
    from unnest($2::uuid[], $3::jsonb[], $4::date[], $5::date[])
        as plan (offering_id, units, settled_until, last_day)
),
wanted as (
    select offering_id, starts_at, ends_at, capacity
    from unnest($6::uuid[], $7::timestamptz[], $8::timestamptz[], $9::integer[])
        as slot (offering_id, starts_at, ends_at, capacity)
),
told as (
    select
        s.slot_id, s.offering_id, s.starts_at, s.ends_at, s.capacity, s.parts as had_parts,
        s.blocked, s.blocked_parts, plans.parts
    from slots s
    join plans using (offering_id)
    join offerings o using (offering_id)
    where
        s.offered
        and s.event_version > 0
        and is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, $1)
        and (s.day <= plans.settled_until or s.day > plans.last_day)
        and ($10::date[] is null or s.day = any ($10))
)
select
    t.slot_id,
    case
        when w.ends_at is distinct from t.ends_at then null
        when t.parts = '[]' then jsonb_build_object(
            '', units_not_blocked(w.capacity, t.parts, t.blocked, t.blocked_parts)
        )
        else (
            select jsonb_object_agg(part ->> 'option', part -> 'capacity')
            from jsonb_array_elements(
                unblocked_parts(t.parts, t.blocked, t.blocked_parts)
            ) as part
        )
    end as units_left
from told t
left join wanted w using (offering_id, starts_at)
where
    w.ends_at is distinct from t.ends_at
    or w.capacity < t.capacity
    or (
        t.had_parts <> t.parts
        and exists (
            select
            from jsonb_array_elements(t.had_parts) as had
            left join jsonb_array_elements(t.parts) as part
                on part -> 'option' = had -> 'option'
            where (had -> 'capacity')::integer > coalesce((part -> 'capacity')::integer, 0)
        )
    )
"""

# $1 to $5 as above, $6 to $10 the wanted slots, $11 the days. Of each sort the first $12;
# `number_of` counts them all.
FIND_CHANGES: Final = """
with plans as (
    select offering_id, units -> 'parts' as parts, settled_until, last_day
    from unnest($2::uuid[], $3::jsonb[], $4::date[], $5::date[])
        as plan (offering_id, units, settled_until, last_day)
),
wanted as (
    select offering_id, day, starts_at, ends_at, capacity, parts
    from unnest(
        $6::uuid[], $7::date[], $8::timestamptz[], $9::timestamptz[], $10::integer[]
    ) as slot (offering_id, day, starts_at, ends_at, capacity)
    join plans using (offering_id)
),
present as (
    select
        s.slot_id, s.offering_id, s.day, s.starts_at, s.ends_at, s.capacity, s.parts
    from slots s
    join plans using (offering_id)
    join offerings o using (offering_id)
    where
        s.offered
        and is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, $1)
        and (s.day <= plans.settled_until or s.day > plans.last_day)
        and ($11::date[] is null or s.day = any ($11))
),
compared as (
    select
        p.slot_id,
        offering_id,
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
    full join wanted w using (offering_id, starts_at)
    where
        p.slot_id is null
        or w.day is null
        or (p.ends_at, p.capacity, p.parts) is distinct from (w.ends_at, w.capacity, w.parts)
),
numbered as (
    select
        compared.*,
        row_number() over (partition by change order by starts_at, offering_id) as number,
        count(*) over (partition by change) as number_of
    from compared
)
select
    slot_id, offering_id, day, starts_at, ends_at, earlier_capacity, capacity, change, number_of
from numbered
where number <= $12
order by starts_at, offering_id
"""


@dataclass(frozen=True, slots=True)
class TouchedSlot:
    """A slot of which less would be left, by option; None where the slot itself would go."""

    slot_id: UUID
    units_left: frozenset[tuple[str, int]] | None


@dataclass(frozen=True, slots=True)
class SlotChange:
    """A slot that comes, goes or becomes another; a capacity is null where there is no slot.

    `change` is `made`, `withdrawn` or `changed`, and `number_of` how many there are of its sort.
    """

    slot_id: UUID | None
    offering_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    earlier_capacity: int | None
    capacity: int | None
    change: str
    number_of: int


async def find_changes(
    conn: Connection,
    plans: Sequence[SlotPlan],
    now: datetime,
    most: int,
    days: Collection[date] | None = None,
) -> list[SlotChange]:
    """Return the first changes of each sort that fitting the slots to plans would make.

    With `days` the plans speak of those alone, and nothing is said of others.
    """
    return await fetch_all(
        conn,
        SlotChange,
        FIND_CHANGES,
        now,
        *_offerings(plans),
        _ids_of_slots(plans),
        _joined(plan.days for plan in plans),
        _joined(plan.starts for plan in plans),
        _joined(plan.ends for plan in plans),
        _joined(plan.capacities for plan in plans),
        None if days is None else sorted(days),
        most,
    )


async def find_touched(
    conn: Connection,
    plans: Sequence[SlotPlan],
    now: datetime,
    days: Collection[date] | None = None,
) -> frozenset[TouchedSlot]:
    """Return the slots that people may have booked, and that go or offer less than before."""
    rows = await conn.fetch(
        FIND_TOUCHED,
        now,
        *_offerings(plans),
        _ids_of_slots(plans),
        _joined(plan.starts for plan in plans),
        _joined(plan.ends for plan in plans),
        _joined(plan.capacities for plan in plans),
        None if days is None else sorted(days),
    )
    return frozenset(
        TouchedSlot(
            row["slot_id"],
            None if row["units_left"] is None else frozenset(row["units_left"].items()),
        )
        for row in rows
    )


def _offerings(plans: Sequence[SlotPlan]) -> tuple[list[Any], ...]:
    return (
        [plan.offering_id for plan in plans],
        # Lists within a list would be an array of two dimensions.
        [{"parts": plan.parts} for plan in plans],
        [plan.settled_until for plan in plans],
        [plan.last_day for plan in plans],
    )


def _ids_of_slots(plans: Sequence[SlotPlan]) -> list[UUID]:
    return [plan.offering_id for plan in plans for _ in plan.starts]


def _joined(columns: Iterable[Sequence[T]]) -> list[T]:
    return list(chain.from_iterable(columns))

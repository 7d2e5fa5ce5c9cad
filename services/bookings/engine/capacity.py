"""Where the capacity of pools comes from: slots, venues, villages and the district.

A pool of a day is opened when the first slot of that day is published. Where its venue or village
is not known yet, its capacity is 0 and nothing is sold until it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from services.bookings.engine.touched import note_after_commit
from shared.contracts.venues import SlotPublished
from shared.db import Connection

DayScope = Literal["venue_day", "village_day", "district_day"]

# One capacity change at a time: a day's pool that is opened while its village's limit changes
# would otherwise keep the old limit.
LOCK: Final = "select pg_advisory_xact_lock(hashtext('bookings.capacity'))"

# In the order of ids, as orders lock them, and all that the transaction will change at once.
LOCK_DAYS: Final = """
select id
from pools
where subject_id = any ($1::uuid[]) and scope <> 'slot' and day >= current_date
order by id
for no key update
"""

# A limit below what is taken throws nobody out: the ceiling stays where it must and sinks later.
SET_DAY_CAPACITY: Final = """
update pools
set capacity = $3, ceiling = greatest($3, taken)
where scope = $1 and subject_id = $2 and day >= current_date and capacity <> $3
returning id
"""

# $6 and $7 are the slot's own pools: options ('' where there are none) and their capacities.
OPEN_POOLS: Final = """
insert into pools (scope, subject_id, day, option, capacity, ceiling)
select scope, subject_id, $5, option, capacity, capacity
from (
    select 'slot' as scope, $1::uuid as subject_id, option, capacity
    from unnest($6::text[], $7::integer[]) as part (option, capacity)
    union all
    values
        (
            'venue_day', $2::uuid, '',
            coalesce((select day_capacity from venues where venue_id = $2), 0)
        ),
        (
            'village_day', $3::uuid, '',
            coalesce((select day_capacity from villages where village_id = $3), 0)
        ),
        (
            'district_day', $4::uuid, '',
            coalesce(
                (
                    select district_day_capacity
                    from villages
                    where district_id = $4
                    order by version desc
                    limit 1
                ),
                0
            )
        )
) as wanted
on conflict on constraint pools_subject_key do nothing
"""

# An option that the slot no longer has sells nothing.
SET_SLOT_CAPACITIES: Final = """
update pools
set capacity = wanted.capacity, ceiling = greatest(wanted.capacity, taken)
from (
    select own.id, coalesce(part.capacity, 0) as capacity
    from pools as own
    left join unnest($2::text[], $3::integer[]) as part (option, capacity) using (option)
    where own.scope = 'slot' and own.subject_id = $1
) as wanted
where pools.id = wanted.id and pools.capacity <> wanted.capacity
returning pools.id
"""

# Before anything is counted: an order that was planned with the slot as it was waits here.
LOCK_OWN_POOLS: Final = """
select id
from pools
where scope = 'slot' and subject_id = $1
order by id
for no key update
"""

# Units that were sold under options which the slot no longer has.
COUNT_STRAY: Final = """
select coalesce(sum(taken), 0)::integer
from pools
where scope = 'slot' and subject_id = $1 and option <> all ($2::text[])
"""

FIND_OWN_POOLS: Final = """
select jsonb_object_agg(option, id)
from pools
where scope = 'slot' and subject_id = $1 and option = any ($2::text[])
"""

FIND_AROUND_POOLS: Final = """
select array_agg(pools.id order by wanted.place)
from (
    values (1, 'venue_day', $1::uuid), (2, 'village_day', $2::uuid), (3, 'district_day', $3::uuid)
) as wanted (place, scope, subject_id)
join pools
    on pools.scope = wanted.scope
    and pools.subject_id = wanted.subject_id
    and pools.day = $4
"""


@dataclass(frozen=True, slots=True)
class SlotPools:
    """The pools of a slot: its own by option, and those of its venue, village and district."""

    own: dict[str, int]
    around: list[int]


async def lock_capacity(conn: Connection) -> None:
    """Wait until no other transaction changes capacities; held until this one ends."""
    await conn.execute(LOCK)


async def set_day_capacities(
    conn: Connection, capacities: Mapping[tuple[DayScope, UUID], int]
) -> None:
    """Set what a venue, a village or a district can carry on each day from today on."""
    await conn.execute(LOCK_DAYS, [subject_id for _, subject_id in capacities])
    for (scope, subject_id), capacity in capacities.items():
        rows = await conn.fetch(SET_DAY_CAPACITY, scope, subject_id, capacity)
        note_after_commit(conn, [row["id"] for row in rows])


def without_stray(parts: Mapping[str, int], stray: int) -> dict[str, int]:
    """Return the capacities of a slot's options without what was sold under earlier ones.

    Nobody knows which units those were, so they are taken off where most are left: rather too few
    are sold than one twice. The slot has them back when it is published again without them.
    """
    left = dict(parts)
    for _ in range(min(stray, sum(left.values()))):
        left[max(left, key=left.__getitem__)] -= 1
    return left


async def open_pools(conn: Connection, slot: SlotPublished) -> SlotPools:
    """Return the slot's pools, opened where they did not exist, with its own capacities set."""
    parts = {part.option: part.capacity for part in slot.parts} or {"": slot.capacity}
    around = (slot.venue_id, slot.village_id, slot.district_id)
    options = list(parts)
    await conn.execute(LOCK_OWN_POOLS, slot.slot_id)
    stray = await conn.fetchval(COUNT_STRAY, slot.slot_id, options)
    capacities = list(without_stray(parts, stray).values())
    await conn.execute(OPEN_POOLS, slot.slot_id, *around, slot.day, options, capacities)
    rows = await conn.fetch(SET_SLOT_CAPACITIES, slot.slot_id, options, capacities)
    note_after_commit(conn, [row["id"] for row in rows])
    return SlotPools(
        own=await conn.fetchval(FIND_OWN_POOLS, slot.slot_id, options),
        around=await conn.fetchval(FIND_AROUND_POOLS, *around, slot.day),
    )

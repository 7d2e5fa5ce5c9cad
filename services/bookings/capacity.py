"""Where the capacity of pools comes from: slots, venues, villages and the district.

A pool of a day is opened when the first slot of that day is published. Where its venue or village
is not known yet, its capacity is 0 and nothing is sold until it is.
"""

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

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
"""

OPEN_POOLS: Final = """
insert into pools (scope, subject_id, day, capacity, ceiling)
select scope, subject_id, $5, capacity, capacity
from (
    values
        ('slot', $1::uuid, $6::integer),
        (
            'venue_day', $2::uuid,
            coalesce((select day_capacity from venues where venue_id = $2), 0)
        ),
        (
            'village_day', $3::uuid,
            coalesce((select day_capacity from villages where village_id = $3), 0)
        ),
        (
            'district_day', $4::uuid,
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
) as wanted (scope, subject_id, capacity)
on conflict on constraint pools_subject_key do nothing
"""

SET_SLOT_CAPACITY: Final = """
update pools
set capacity = $2, ceiling = greatest($2, taken)
where scope = 'slot' and subject_id = $1 and capacity <> $2
"""

FIND_POOLS: Final = """
select array_agg(pools.id order by wanted.place)
from (
    values
        (1, 'slot', $1::uuid), (2, 'venue_day', $2::uuid),
        (3, 'village_day', $3::uuid), (4, 'district_day', $4::uuid)
) as wanted (place, scope, subject_id)
join pools
    on pools.scope = wanted.scope
    and pools.subject_id = wanted.subject_id
    and pools.day = $5
"""


async def lock_capacity(conn: Connection) -> None:
    """Wait until no other transaction changes capacities; held until this one ends."""
    await conn.execute(LOCK)


async def set_day_capacities(
    conn: Connection, capacities: Mapping[tuple[DayScope, UUID], int]
) -> None:
    """Set what a venue, a village or a district can carry on each day from today on."""
    await conn.execute(LOCK_DAYS, [subject_id for _, subject_id in capacities])
    for (scope, subject_id), capacity in capacities.items():
        await conn.execute(SET_DAY_CAPACITY, scope, subject_id, capacity)


async def open_pools(conn: Connection, slot: SlotPublished) -> list[int]:
    """Return the slot's four pools, opened where they did not exist, with its own capacity set."""
    subjects = (slot.slot_id, slot.venue_id, slot.village_id, slot.district_id)
    await conn.execute(OPEN_POOLS, *subjects, slot.day, slot.capacity)
    await conn.execute(SET_SLOT_CAPACITY, slot.slot_id, slot.capacity)
    pool_ids: list[int] = await conn.fetchval(FIND_POOLS, *subjects, slot.day)
    return pool_ids

"""A village was published or changed: keep its name, and what it and its district can carry."""

from typing import Final

from services.bookings.engine.capacity import lock_capacity, set_day_capacities
from shared.contracts.event import Envelope
from shared.contracts.venues import VillagePublished
from shared.db import Connection

KEEP_VILLAGE: Final = """
insert into villages (
    village_id, district_id, name, day_capacity, district_day_capacity, version, warn_percent,
    steer_percent
)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (village_id) do update
set
    district_id = excluded.district_id,
    name = excluded.name,
    day_capacity = excluded.day_capacity,
    district_day_capacity = excluded.district_day_capacity,
    version = excluded.version,
    warn_percent = excluded.warn_percent,
    steer_percent = excluded.steer_percent
where villages.version < excluded.version
returning village_id
"""

# The thresholds may be others than before: what is written here is what makes the database look.
FIND_LEVELS_AGAIN: Final = """
update pools
set capacity = pools.capacity
from villages
where
    villages.village_id = $1
    and scope = 'village_day'
    and subject_id = $1
    and day >= current_date
    and level <> capacity_level(taken, capacity, warn_percent, steer_percent)
"""


async def on_village_published(
    conn: Connection, event: VillagePublished, envelope: Envelope
) -> None:
    """Keep the village, and set the capacity of its days and its district's."""
    await lock_capacity(conn)
    fresh = await conn.fetchval(
        KEEP_VILLAGE,
        event.village_id,
        event.district_id,
        event.name.model_dump(),
        event.day_capacity,
        event.district_day_capacity,
        envelope.version,
        event.warn_percent,
        event.steer_percent,
    )
    if fresh:
        await set_day_capacities(
            conn,
            {
                ("village_day", event.village_id): event.day_capacity,
                ("district_day", event.district_id): event.district_day_capacity,
            },
        )
        await conn.execute(FIND_LEVELS_AGAIN, event.village_id)

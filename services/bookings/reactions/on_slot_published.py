"""A slot was published or its capacity changed: open its pools and put it on sale."""

from typing import Final

from services.bookings.capacity import lock_capacity, open_pools
from services.bookings.withdrawals import was_withdrawn_since
from shared.contracts.event import Envelope
from shared.contracts.venues import SlotPublished
from shared.db import Connection

IS_STALE: Final = "select 1 from slots where slot_id = $1 and version >= $2"

KEEP_SLOT: Final = """
insert into slots (
    slot_id, offering_id, venue_id, village_id, day, starts_at, ends_at, pool_ids, on_sale, version
)
values ($1, $2, $3, $4, $5, $6, $7, $8, true, $9)
on conflict (slot_id) do update
set
    day = excluded.day,
    starts_at = excluded.starts_at,
    ends_at = excluded.ends_at,
    pool_ids = excluded.pool_ids,
    on_sale = true,
    version = excluded.version
"""


async def on_slot_published(conn: Connection, event: SlotPublished, envelope: Envelope) -> None:
    """Open the slot's pool and those of its venue-day, village-day and district-day."""
    await lock_capacity(conn)
    if await conn.fetchval(IS_STALE, event.slot_id, envelope.version):
        return
    if await was_withdrawn_since(conn, event.slot_id, envelope.version):
        return
    await conn.execute(
        KEEP_SLOT,
        event.slot_id,
        event.offering_id,
        event.venue_id,
        event.village_id,
        event.day,
        event.starts_at,
        event.ends_at,
        await open_pools(conn, event),
        envelope.version,
    )

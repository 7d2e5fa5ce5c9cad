"""A slot was published or its capacity changed: open its pools and put it on sale."""

from typing import Final

from services.bookings.closures.obeying import mark_new
from services.bookings.engine.capacity import lock_capacity, open_pools
from services.bookings.withdrawals import was_withdrawn_since
from shared.contracts.event import Envelope
from shared.contracts.venues import SlotPublished
from shared.db import Connection

IS_STALE: Final = "select 1 from slots where slot_id = $1 and version >= $2"

# A night can be booked until its day is over, an entry until it closes, all else until it begins.
KEEP_SLOT: Final = """
insert into slots (
    slot_id, offering_id, venue_id, village_id, day, starts_at, ends_at, sold_until, own_pools,
    around_pools, on_sale, version, kind
)
values (
    $1, $2, $3, $4, $5, $6, $7,
    case $8::text
        when 'stay' then ($5::date + 1)::timestamp at time zone 'Asia/Shanghai'
        when 'entry' then $7
        else $6
    end,
    $9, $10, true, $11, $8::text
)
on conflict (slot_id) do update
set
    day = excluded.day,
    starts_at = excluded.starts_at,
    ends_at = excluded.ends_at,
    sold_until = excluded.sold_until,
    own_pools = excluded.own_pools,
    around_pools = excluded.around_pools,
    on_sale = true,
    version = excluded.version,
    kind = excluded.kind
"""


async def on_slot_published(conn: Connection, event: SlotPublished, envelope: Envelope) -> None:
    """Open the slot's own pools and those of its venue-day, village-day and district-day."""
    await lock_capacity(conn)
    if await conn.fetchval(IS_STALE, event.slot_id, envelope.version):
        return
    if await was_withdrawn_since(conn, event.slot_id, envelope.version):
        return
    pools = await open_pools(conn, event)
    await conn.execute(
        KEEP_SLOT,
        event.slot_id,
        event.offering_id,
        event.venue_id,
        event.village_id,
        event.day,
        event.starts_at,
        event.ends_at,
        event.kind,
        pools.own,
        pools.around,
        envelope.version,
    )
    await mark_new(conn, event.slot_id)

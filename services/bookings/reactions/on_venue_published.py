"""A venue was published or changed: keep its name and address, and what a day can hold."""

from typing import Final

from services.bookings.engine.capacity import lock_capacity, set_day_capacities
from services.bookings.withdrawals import was_withdrawn_since
from shared.contracts.event import Envelope
from shared.contracts.venues import VenuePublished
from shared.db import Connection

KEEP_VENUE: Final = """
insert into venues (
    venue_id, village_id, organisation_id, name, address, day_capacity, on_sale, version
)
values ($1, $2, $3, $4, $5, $6, true, $7)
on conflict (venue_id) do update
set
    village_id = excluded.village_id,
    organisation_id = excluded.organisation_id,
    name = excluded.name,
    address = excluded.address,
    day_capacity = excluded.day_capacity,
    on_sale = true,
    version = excluded.version
where venues.version < excluded.version
returning venue_id
"""


async def on_venue_published(conn: Connection, event: VenuePublished, envelope: Envelope) -> None:
    """Keep the venue on sale, and set the capacity of its days."""
    await lock_capacity(conn)
    if await was_withdrawn_since(conn, event.venue_id, envelope.version):
        return
    fresh = await conn.fetchval(
        KEEP_VENUE,
        event.venue_id,
        event.village_id,
        event.organisation_id,
        event.name.model_dump(),
        event.address.model_dump(),
        event.day_capacity,
        envelope.version,
    )
    if fresh:
        await set_day_capacities(conn, {("venue_day", event.venue_id): event.day_capacity})

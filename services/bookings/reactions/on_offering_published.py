"""An offering was published or changed: keep its name, prices and rules."""

from typing import Final

from services.bookings.withdrawals import was_withdrawn_since
from shared.contracts.event import Envelope
from shared.contracts.venues import OfferingPublished
from shared.db import Connection

KEEP_OFFERING: Final = """
insert into offerings (
    offering_id, venue_id, village_id, organisation_id, kind, name, prices, payment,
    persons_per_unit, on_sale, version
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, true, $10)
on conflict (offering_id) do update
set
    venue_id = excluded.venue_id,
    village_id = excluded.village_id,
    organisation_id = excluded.organisation_id,
    kind = excluded.kind,
    name = excluded.name,
    prices = excluded.prices,
    payment = excluded.payment,
    persons_per_unit = excluded.persons_per_unit,
    on_sale = true,
    version = excluded.version
where offerings.version < excluded.version
"""


async def on_offering_published(
    conn: Connection, event: OfferingPublished, envelope: Envelope
) -> None:
    """Keep the offering on sale with its latest prices; orders keep the prices that they have."""
    if await was_withdrawn_since(conn, event.offering_id, envelope.version):
        return
    await conn.execute(
        KEEP_OFFERING,
        event.offering_id,
        event.venue_id,
        event.village_id,
        event.organisation_id,
        event.kind,
        event.name.model_dump(),
        [price.model_dump() for price in event.prices],
        event.payment,
        event.persons_per_unit,
        envelope.version,
    )

"""An offering was published or changed: keep its name, and its prices and terms as an edition."""

from typing import Final

from services.bookings.withdrawals import was_withdrawn_since
from shared.contracts.event import Envelope
from shared.contracts.venues import OfferingPublished
from shared.db import Connection

# An edition stays for good: lines that were sold under it refer to it.
KEEP_EDITION: Final = """
insert into offering_editions (offering_id, version, prices, terms, payment, persons_per_unit)
values ($1, $2, $3, $4, $5, $6)
on conflict on constraint offering_editions_pkey do nothing
"""

KEEP_OFFERING: Final = """
insert into offerings (
    offering_id, venue_id, village_id, organisation_id, kind, name, on_sale, version, edition
)
values ($1, $2, $3, $4, $5, $6, true, $7, $7)
on conflict (offering_id) do update
set
    venue_id = excluded.venue_id,
    village_id = excluded.village_id,
    organisation_id = excluded.organisation_id,
    kind = excluded.kind,
    name = excluded.name,
    on_sale = true,
    version = excluded.version,
    edition = excluded.edition
where offerings.version < excluded.version
"""


async def on_offering_published(
    conn: Connection, event: OfferingPublished, envelope: Envelope
) -> None:
    """Keep the offering on sale under its latest prices and terms.

    Orders keep the edition that they were placed under.
    """
    if await was_withdrawn_since(conn, event.offering_id, envelope.version):
        return
    await conn.execute(
        KEEP_EDITION,
        event.offering_id,
        envelope.version,
        [price.model_dump() for price in event.prices],
        event.terms.model_dump(),
        event.payment,
        event.persons_per_unit,
    )
    await conn.execute(
        KEEP_OFFERING,
        event.offering_id,
        event.venue_id,
        event.village_id,
        event.organisation_id,
        event.kind,
        event.name.model_dump(),
        envelope.version,
    )

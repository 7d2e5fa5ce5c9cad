"""What adding and changing an offering have in common."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.venues.domain.offers import Offer
from services.venues.fields import Price
from shared.contracts.terms import OfferingKind
from shared.core.errors import ValidationFailed
from shared.db import Connection
from shared.http.validation import field_error

DROP_PRICES: Final = """
delete from offering_prices
where offering_id = $1 and ticket_type <> all($2::text[])
"""

SET_PRICES: Final = """
insert into offering_prices (offering_id, kind, ticket_type, fen)
select $1, $2, ticket_type, fen
from unnest($3::text[], $4::bigint[]) as price (ticket_type, fen)
on conflict on constraint offering_prices_pkey do update
set fen = excluded.fen
"""

# A venue shows its offerings, so what its readers hold is out of date when one changes.
RENEW_VENUE: Final = "update venues set edit_version = edit_version + 1 where venue_id = $1"


def check_offer(offer: Offer) -> None:
    """Raise ValidationFailed, field by field, for an offer whose parts don't fit."""
    if faults := offer.faults():
        raise ValidationFailed(
            errors=[field_error("body", f"/{field}", code) for field, code in faults]
        )


async def replace_prices(
    conn: Connection, offering_id: UUID, kind: OfferingKind, prices: Sequence[Price]
) -> None:
    """Make these the prices of an offering; each ticket type is named once."""
    types = [price.ticket_type for price in prices]
    await conn.execute(DROP_PRICES, offering_id, types)
    await conn.execute(SET_PRICES, offering_id, kind, types, [price.fen for price in prices])


async def renew_venue(conn: Connection, venue_id: UUID) -> None:
    """Give a venue whose offerings change its next version."""
    await conn.execute(RENEW_VENUE, venue_id)

"""What adding and changing an offering have in common."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import JsonValue

from services.venues.domain.offers import Offer
from services.venues.fields import Price
from shared.contracts.terms import OfferingKind, OfferingTerms
from shared.core.errors import ValidationFailed
from shared.db import Connection
from shared.http.validation import field_error

# The constraint by which the database keeps large events without a permit off sale.
LARGE_EVENT_RULE: Final = "offerings_large_events_have_a_permit_number"

DROP_PRICES: Final = "delete from offering_prices where offering_id = $1"

SET_PRICES: Final = """
insert into offering_prices (offering_id, kind, ticket_type, fen, day_type, option, season)
select
    $1, $2, ticket_type, fen, coalesce(day_type, ''), coalesce(option, ''), coalesce(season, '')
from unnest($3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[])
    as price (ticket_type, fen, day_type, option, season)
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
    """Make these the prices of an offering."""
    await conn.execute(DROP_PRICES, offering_id)
    await conn.execute(
        SET_PRICES,
        offering_id,
        kind,
        [price.ticket_type for price in prices],
        [price.fen for price in prices],
        [price.day_type for price in prices],
        [price.option for price in prices],
        [price.season for price in prices],
    )


def stored_terms(terms: OfferingTerms) -> dict[str, JsonValue]:
    """Return terms as they are stored: what differs from the defaults."""
    return terms.model_dump(mode="json", exclude_defaults=True)


async def renew_venue(conn: Connection, venue_id: UUID) -> None:
    """Give a venue whose offerings change its next version."""
    await conn.execute(RENEW_VENUE, venue_id)

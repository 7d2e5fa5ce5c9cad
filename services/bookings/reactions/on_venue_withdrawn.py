"""A venue was withdrawn: it takes no new bookings; orders that stand are not touched."""

from typing import Final

from services.bookings.withdrawals import note_withdrawal
from shared.contracts.event import Envelope
from shared.contracts.venues import VenueWithdrawn
from shared.db import Connection

WITHDRAW: Final = """
update venues
set on_sale = false, version = $2
where venue_id = $1 and version < $2
"""


async def on_venue_withdrawn(conn: Connection, event: VenueWithdrawn, envelope: Envelope) -> None:
    """Take the venue off sale, and keep it so against older news."""
    await note_withdrawal(conn, event.venue_id, envelope.version)
    await conn.execute(WITHDRAW, event.venue_id, envelope.version)

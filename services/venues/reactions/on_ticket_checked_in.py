"""Somebody came through the gate: their buyer may review it."""

from services.venues.visits import keep_ticket
from shared.contracts.bookings import TicketCheckedIn
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_ticket_checked_in(
    conn: Connection, event: TicketCheckedIn, envelope: Envelope
) -> None:
    """Keep that they came, and when."""
    await keep_ticket(conn, event.line_id, event.ordinal, event.checked_in_at, envelope.version)

"""People came."""

from services.statistics.rollups import count_arrival, note_taken_in
from shared.contracts.bookings import TicketCheckedIn
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_ticket_checked_in(
    conn: Connection, event: TicketCheckedIn, envelope: Envelope
) -> None:
    """Count the ticket's people as arrived, on the first day of their visit."""
    await count_arrival(conn, event.order_id, event.line_id, event.ordinal, event.persons)
    await note_taken_in(conn, event.event_type, envelope.time)

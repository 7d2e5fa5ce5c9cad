"""People came."""

from services.statistics.rollups import Arrival, count_arrival, note_taken_in
from shared.contracts.bookings import TicketCheckedIn
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_ticket_checked_in(
    conn: Connection, event: TicketCheckedIn, envelope: Envelope
) -> None:
    """Count the ticket's people as arrived, on the first day of their visit."""
    arrival = Arrival(event.line_id, event.ordinal, event.persons, envelope.version)
    await count_arrival(conn, event.order_id, arrival)
    await note_taken_in(conn, event.event_type, envelope.time)

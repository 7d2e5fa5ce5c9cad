"""People had not come after all: a check-in was a mistake of the gate."""

from services.statistics.rollups import Arrival, count_arrival, note_taken_in
from shared.contracts.bookings import TicketCheckInUndone
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_check_in_undone(
    conn: Connection, event: TicketCheckInUndone, envelope: Envelope
) -> None:
    """Take the ticket's people out of those who arrived; they stay booked."""
    arrival = Arrival(event.line_id, event.ordinal, 0, envelope.version)
    await count_arrival(conn, event.order_id, arrival)
    await note_taken_in(conn, event.event_type, envelope.time)

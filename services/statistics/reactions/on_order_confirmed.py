"""People are expected."""

from services.statistics.rollups import Visit, count_order, note_taken_in
from shared.contracts.bookings import OrderConfirmed
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_order_confirmed(conn: Connection, event: OrderConfirmed, envelope: Envelope) -> None:
    """Count the order's lines as booked, each on its first day."""
    visits = [Visit.of_line(line) for line in event.lines]
    await count_order(conn, event.order_id, visits)
    await note_taken_in(conn, event.event_type, envelope.time)

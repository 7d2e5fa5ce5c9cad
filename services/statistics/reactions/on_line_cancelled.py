"""People of one line are not expected any more; the rest of the order stands."""

from services.statistics.rollups import note_taken_in, uncount_line
from shared.contracts.bookings import LineCancelled
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_line_cancelled(conn: Connection, event: LineCancelled, envelope: Envelope) -> None:
    """Take the line out of the figures."""
    await uncount_line(conn, event.order_id, event.line_id)
    await note_taken_in(conn, event.event_type, envelope.time)

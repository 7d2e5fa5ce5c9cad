"""People come on another day, or with others."""

from services.statistics.rollups import Visit, note_taken_in, replace_line
from shared.contracts.bookings import LineChanged
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_line_changed(conn: Connection, event: LineChanged, envelope: Envelope) -> None:
    """Count the new line as booked, on its own first day, and the replaced one no more."""
    visit = Visit.of_line(event.line)
    await replace_line(conn, event.order_id, event.replaced_line_id, visit)
    await note_taken_in(conn, event.event_type, envelope.time)

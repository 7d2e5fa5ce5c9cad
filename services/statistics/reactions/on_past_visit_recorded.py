"""An earlier list's visit joins the figures."""

from typing import Final

from services.statistics.rollups import Visit, count_past_visit, note_taken_in
from shared.contracts.bookings import PastVisitRecorded
from shared.contracts.event import Envelope
from shared.db import Connection

# A list says on which day people came, not for how many nights.
UNKNOWN_NIGHTS: Final = 0


async def on_past_visit_recorded(
    conn: Connection, event: PastVisitRecorded, envelope: Envelope
) -> None:
    """Count the visit as booked and, as far as people came, as arrived."""
    visit = Visit(
        event.visit_id,
        event.village_id,
        event.venue_id,
        event.offering_id,
        event.kind,
        event.day,
        UNKNOWN_NIGHTS,
        event.persons,
    )
    await count_past_visit(conn, visit, event.arrived)
    await note_taken_in(conn, event.event_type, envelope.time)

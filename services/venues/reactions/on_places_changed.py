"""Places were sold or came back: keep how many are left, for search."""

from typing import Final

from shared.contracts.bookings import PlacesChanged
from shared.contracts.event import Envelope
from shared.db import Connection

KEEP_PLACES: Final = """
insert into place_projections as known (
    subject_id, day, option, scope, capacity, places_left, version
)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (subject_id, day, option) do update
set
    capacity = excluded.capacity,
    places_left = excluded.places_left,
    version = excluded.version
where known.version < excluded.version
"""


async def on_places_changed(conn: Connection, event: PlacesChanged, envelope: Envelope) -> None:
    """Keep what is left, unless something newer is known."""
    await conn.execute(
        KEEP_PLACES,
        event.subject_id,
        event.day,
        event.option,
        event.scope,
        event.capacity,
        event.left,
        envelope.version,
    )

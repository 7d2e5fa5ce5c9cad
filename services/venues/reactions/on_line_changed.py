"""A line was changed to another one: that is what its buyer may come for."""

from services.venues.visits import keep_visits
from shared.contracts.bookings import LineChanged
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_line_changed(conn: Connection, event: LineChanged, _envelope: Envelope) -> None:
    """Keep whose line the new one is; nobody comes by the old one any more."""
    await keep_visits(conn, event.order_id, event.account_id, [event.line])

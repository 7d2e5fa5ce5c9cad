"""An order stands: its buyer may come."""

from services.venues.visits import keep_visits
from shared.contracts.bookings import OrderConfirmed
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_order_confirmed(conn: Connection, event: OrderConfirmed, _envelope: Envelope) -> None:
    """Keep whose lines these are."""
    await keep_visits(conn, event.order_id, event.account_id, event.lines)

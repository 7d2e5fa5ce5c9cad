"""People who were expected are not."""

from services.statistics.rollups import note_taken_in, uncount_order
from shared.contracts.bookings import OrderCancelled
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_order_cancelled(conn: Connection, event: OrderCancelled, envelope: Envelope) -> None:
    """Take the order's lines out of the figures. An order that was only held was never in them."""
    if event.was_confirmed:
        await uncount_order(conn, event.order_id)
    await note_taken_in(conn, event.event_type, envelope.time)

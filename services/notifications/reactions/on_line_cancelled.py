"""A line was cancelled: its visitor is told what left the order, what comes back, what stands."""

from services.notifications.deliveries import owe
from shared.contracts.bookings import LineCancelled
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_line_cancelled(conn: Connection, event: LineCancelled, _envelope: Envelope) -> None:
    """Owe one message for each line, after the order's confirmation.

    What a closure called off is told by a message about the closure.
    """
    await owe(conn, event.order_id, event.account_id, "order_confirmed")
    if event.closure_id is None:
        await owe(conn, event.order_id, event.account_id, "line_cancelled", event.line_id)

"""An order was cancelled: whoever was told that it stands is told that it does not."""

from services.notifications.deliveries import owe
from shared.contracts.bookings import OrderCancelled
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_order_cancelled(conn: Connection, event: OrderCancelled, _envelope: Envelope) -> None:
    """Owe the cancellation of a confirmed order; one that was only held was never announced.

    The confirmation is owed as well, should its own event come later or never: the cancellation
    would be about an order that its visitor never heard of. What a closure called off is told by a
    message about the closure.
    """
    if not event.was_confirmed:
        return
    await owe(conn, event.order_id, event.account_id, "order_confirmed")
    if event.closure_id is None:
        await owe(conn, event.order_id, event.account_id, "order_cancelled")

"""Money was sent back: whoever paid it is told."""

from services.notifications.deliveries import owe
from shared.contracts.bookings import PaymentRefunded
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_payment_refunded(
    conn: Connection, event: PaymentRefunded, _envelope: Envelope
) -> None:
    """Owe one message for each refund, also of an order that never stood: it was paid too late."""
    await owe(conn, event.order_id, event.account_id, "payment_refunded", event.refund_id)

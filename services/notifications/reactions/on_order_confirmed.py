"""An order stands: its visitor gets the confirmation with the tickets."""

from services.notifications.deliveries import owe
from shared.contracts.bookings import OrderConfirmed
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_order_confirmed(conn: Connection, event: OrderConfirmed, _envelope: Envelope) -> None:
    """Owe the confirmation, unless it is owed already."""
    await owe(conn, event.order_id, event.account_id, "order_confirmed")

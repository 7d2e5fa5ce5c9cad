"""A line was changed: its visitor is told what counts from now on, and gets its tickets."""

from services.notifications.deliveries import owe
from shared.contracts.bookings import LineChanged
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_line_changed(conn: Connection, event: LineChanged, _envelope: Envelope) -> None:
    """Owe one message for each change, after the order's confirmation."""
    await owe(conn, event.order_id, event.account_id, "order_confirmed")
    await owe(conn, event.order_id, event.account_id, "line_changed", event.line.line_id)

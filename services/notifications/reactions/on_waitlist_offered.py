"""Places came free for a party that waited: it is told until when they are held."""

from services.notifications.deliveries import owe
from shared.contracts.bookings import WaitlistOffered
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_waitlist_offered(
    conn: Connection, event: WaitlistOffered, _envelope: Envelope
) -> None:
    """Owe one message for each offer; every offer is an order of its own."""
    await owe(conn, event.order_id, event.account_id, "waitlist_offered", event.entry_id)

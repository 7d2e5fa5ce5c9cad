"""A closure meets somebody's orders: they are told once, with its reason and what comes back."""

from services.notifications.deliveries import owe
from shared.contracts.bookings import PersonAffectedByClosure
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_person_affected_by_closure(
    conn: Connection, event: PersonAffectedByClosure, _envelope: Envelope
) -> None:
    """Owe one message for the closure, instead of the letters about each order and line."""
    await owe(conn, event.order_id, event.account_id, "closure", event.closure_id)

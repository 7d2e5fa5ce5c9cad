"""A person was erased: their orders name nobody any more, and they wait for nothing."""

from services.bookings.forgetting import forget_person
from shared.contracts.accounts import AccountErased
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_account_erased(conn: Connection, event: AccountErased, _envelope: Envelope) -> None:
    """Forget the person; the same event again changes nothing."""
    await forget_person(conn, event.account_id)

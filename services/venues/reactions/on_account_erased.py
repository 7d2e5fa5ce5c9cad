"""A person was erased: nothing that they wrote here leads to them any more."""

from services.venues.forgetting import forget_person
from shared.contracts.accounts import AccountErased
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_account_erased(conn: Connection, event: AccountErased, envelope: Envelope) -> None:
    """Forget the person; the same event again changes nothing."""
    await forget_person(conn, event.account_id, envelope.time)

"""A person was erased: nothing that they wrote here leads to them any more."""

from typing import Final

from shared.contracts.accounts import AccountErased
from shared.contracts.event import Envelope
from shared.db import Connection

FORGET_ANSWERS: Final = "delete from idempotency_keys where caller = 'account:' || $1::uuid"


async def on_account_erased(conn: Connection, event: AccountErased, _envelope: Envelope) -> None:
    """Forget kept answers. Decisions and history stay, under an id that leads to nobody."""
    await conn.execute(FORGET_ANSWERS, event.account_id)

"""A person was erased: what they were still owed is not sent any more."""

from typing import Final

from shared.contracts.accounts import AccountErased
from shared.contracts.event import Envelope
from shared.db import Connection

# Rows hold no address; the reason says why nothing went out.
GIVE_UP_DELIVERIES: Final = """
update deliveries
set state = 'failed', reason = 'account_erased'
where account_id = $1 and state in ('pending', 'sending')
"""
GIVE_UP_LETTERS: Final = """
update licence_letters
set state = 'failed', reason = 'account_erased'
where account_id = $1 and state in ('pending', 'sending')
"""
FORGET_ANSWERS: Final = "delete from idempotency_keys where caller = 'account:' || $1::uuid"


async def on_account_erased(conn: Connection, event: AccountErased, _envelope: Envelope) -> None:
    """Give up what waits to be sent; what went out says only that it did."""
    for statement in (GIVE_UP_DELIVERIES, GIVE_UP_LETTERS, FORGET_ANSWERS):
        await conn.execute(statement, event.account_id)

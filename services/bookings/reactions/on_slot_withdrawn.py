"""A slot was withdrawn: it takes no new bookings; orders that stand are not touched."""

from typing import Final

from services.bookings.withdrawals import note_withdrawal
from shared.contracts.event import Envelope
from shared.contracts.venues import SlotWithdrawn
from shared.db import Connection

WITHDRAW: Final = """
update slots
set on_sale = false, version = $2
where slot_id = $1 and version < $2
"""


async def on_slot_withdrawn(conn: Connection, event: SlotWithdrawn, envelope: Envelope) -> None:
    """Take the slot off sale, and keep it so against older news."""
    await note_withdrawal(conn, event.slot_id, envelope.version)
    await conn.execute(WITHDRAW, event.slot_id, envelope.version)

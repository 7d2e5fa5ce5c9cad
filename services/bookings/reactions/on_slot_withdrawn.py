"""A slot was withdrawn: it takes no new bookings; orders that stand are not touched."""

from typing import Final

from shared.contracts.event import Envelope
from shared.contracts.venues import SlotWithdrawn
from shared.db import Connection

WITHDRAW: Final = """
update slots
set on_sale = false, version = $2
where slot_id = $1 and version < $2
"""


async def on_slot_withdrawn(conn: Connection, event: SlotWithdrawn, envelope: Envelope) -> None:
    """Take the slot off sale. One that was never heard of can't be on sale."""
    await conn.execute(WITHDRAW, event.slot_id, envelope.version)

"""An offering was withdrawn: it takes no new bookings; orders that stand are not touched."""

from typing import Final

from services.bookings.withdrawals import note_withdrawal
from shared.contracts.event import Envelope
from shared.contracts.venues import OfferingWithdrawn
from shared.db import Connection

WITHDRAW: Final = """
update offerings
set on_sale = false, version = $2
where offering_id = $1 and version < $2
"""


async def on_offering_withdrawn(
    conn: Connection, event: OfferingWithdrawn, envelope: Envelope
) -> None:
    """Take the offering off sale, and keep it so against older news."""
    await note_withdrawal(conn, event.offering_id, envelope.version)
    await conn.execute(WITHDRAW, event.offering_id, envelope.version)

"""A licence is over: who runs its venue is told why nothing is sold there any more."""

from services.notifications.licence_notices import owe
from shared.contracts.event import Envelope
from shared.contracts.venues import LicenceExpired
from shared.db import Connection


async def on_licence_expired(conn: Connection, event: LicenceExpired, _envelope: Envelope) -> None:
    """Owe one notice for each licence."""
    await owe(conn, "licence_expired", event)

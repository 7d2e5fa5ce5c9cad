"""A licence is over: who runs its venue is told why nothing is sold there any more."""

from services.notifications.venue_notices import owe_about_licence
from shared.contracts.event import Envelope
from shared.contracts.venues import LicenceExpired
from shared.db import Connection


async def on_licence_expired(conn: Connection, event: LicenceExpired, _envelope: Envelope) -> None:
    """Owe one notice for each licence."""
    await owe_about_licence(conn, "licence_expired", event)

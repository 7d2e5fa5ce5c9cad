"""A licence was renewed: who runs its venue is told until when."""

from services.notifications.venue_notices import owe_about_licence
from shared.contracts.event import Envelope
from shared.contracts.venues import LicenceRenewed
from shared.db import Connection


async def on_licence_renewed(conn: Connection, event: LicenceRenewed, _envelope: Envelope) -> None:
    """Owe one notice for each licence."""
    await owe_about_licence(conn, "licence_renewed", event)

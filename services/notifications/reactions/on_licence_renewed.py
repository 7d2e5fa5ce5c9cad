"""A licence was renewed: who runs its venue is told until when."""

from services.notifications.licence_notices import owe
from shared.contracts.event import Envelope
from shared.contracts.venues import LicenceRenewed
from shared.db import Connection


async def on_licence_renewed(conn: Connection, event: LicenceRenewed, _envelope: Envelope) -> None:
    """Owe one notice for each licence."""
    await owe(conn, "licence_renewed", event)

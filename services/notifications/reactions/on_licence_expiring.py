"""A licence ends soon: who runs its venue is told in time to renew it."""

from services.notifications.venue_notices import owe_about_licence
from shared.contracts.event import Envelope
from shared.contracts.venues import LicenceExpiring
from shared.db import Connection


async def on_licence_expiring(
    conn: Connection, event: LicenceExpiring, _envelope: Envelope
) -> None:
    """Owe one notice for each of the warnings."""
    await owe_about_licence(conn, "licence_expiring", event, event.days)

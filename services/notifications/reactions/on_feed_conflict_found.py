"""Something was sold here and by another channel: who runs its venue is told in time to call."""

from services.notifications.venue_notices import owe_about_feed
from shared.contracts.event import Envelope
from shared.contracts.feeds import FeedConflictFound
from shared.db import Connection


async def on_feed_conflict_found(
    conn: Connection, event: FeedConflictFound, envelope: Envelope
) -> None:
    """Owe one notice each time that a calendar comes into conflict."""
    await owe_about_feed(conn, "feed_conflict_found", event, envelope.version)

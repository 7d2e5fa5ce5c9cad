"""Another channel's calendar can't be read: who runs its venue is told what that means."""

from services.notifications.venue_notices import owe_about_feed
from shared.contracts.event import Envelope
from shared.contracts.feeds import FeedFailing
from shared.db import Connection


async def on_feed_failing(conn: Connection, event: FeedFailing, envelope: Envelope) -> None:
    """Owe one notice each time that it begins to fail."""
    await owe_about_feed(conn, "feed_failing", event, envelope.version)

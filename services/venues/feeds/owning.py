"""Whose a feed is, and the lock under which it is changed: that of its offering's venue."""

from typing import Final
from uuid import UUID

from services.venues.ownership import LockedVenue, lock_venue
from shared.core.errors import NotFound
from shared.db import Connection
from shared.http.access import Caller

OFFERING_OF: Final = "select offering_id from feeds where feed_id = $1"
VENUE_OF: Final = "select venue_id from offerings where offering_id = $1"
ORGANISATION_OF: Final = """
select v.organisation_id, v.venue_id
from offerings o
join venues v using (venue_id)
where o.offering_id = $1
"""


async def check_feeds_of(conn: Connection, offering_id: UUID, caller: Caller) -> None:
    """Raise NotFound unless the caller may see the feeds of an offering."""
    row = await conn.fetchrow(ORGANISATION_OF, offering_id)
    if row is None or not caller.may("feed.change", row["organisation_id"], row["venue_id"]):
        raise NotFound


async def lock_for_feeds(conn: Connection, offering_id: UUID, caller: Caller | None) -> LockedVenue:
    """Lock the venue of an offering whose feeds the caller may change; None is we ourselves.

    Raises NotFound.
    """
    venue_id = await conn.fetchval(VENUE_OF, offering_id)
    if venue_id is None:
        raise NotFound
    venue = await lock_venue(conn, venue_id)
    if caller is not None and not caller.may("feed.change", venue.organisation_id, venue_id):
        raise NotFound
    return venue


async def lock_feed(conn: Connection, feed_id: UUID, caller: Caller) -> tuple[LockedVenue, UUID]:
    """Lock the venue of a feed for its change, and return its offering too. Raises NotFound."""
    offering_id = await conn.fetchval(OFFERING_OF, feed_id)
    if offering_id is None:
        raise NotFound
    venue = await lock_for_feeds(conn, offering_id, caller)
    # It may have gone before the lock was ours.
    if await conn.fetchval(OFFERING_OF, feed_id) is None:
        raise NotFound
    return venue, offering_id

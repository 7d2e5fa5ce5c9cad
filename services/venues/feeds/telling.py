"""Telling whoever follows another channel's calendar what is wrong with it, once until it is well.

Each is an event of its own, with the feed's next version, under the lock on the feed's row.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from services.venues.telling import tell
from shared.contracts.feeds import FeedConflictFound, FeedFailing
from shared.db import Connection

# Three quarters of an hour after the first one: short troubles are nobody's business.
FAILURES_UNTIL_TOLD: Final = 3

TELL_FAILING: Final = """
update feeds f
set failing_told_at = $3, event_version = f.event_version + 1
from offerings o
join venues v using (venue_id)
where
    f.feed_id = $1
    and f.failures >= $2
    and f.failing_told_at is null
    and o.offering_id = f.offering_id
    and v.state <> 'archived'
returning
    f.feed_id,
    f.offering_id,
    v.venue_id,
    v.organisation_id,
    v.name as venue_name,
    o.name as offering_name,
    f.name as feed_name,
    f.fault,
    f.failures,
    f.fetched_at as read_at,
    f.event_version as version
"""

TELL_CONFLICT: Final = """
update feeds f
set conflict_told_at = $2, event_version = f.event_version + 1
from offerings o
join venues v using (venue_id)
where
    f.feed_id = $1
    and f.conflict_told_at is null
    and o.offering_id = f.offering_id
    and v.state <> 'archived'
returning
    f.feed_id,
    f.offering_id,
    v.venue_id,
    v.organisation_id,
    v.name as venue_name,
    o.name as offering_name,
    f.name as feed_name,
    $3::integer as conflicts,
    $4::timestamptz as starts_at,
    f.event_version as version
"""

NOTE_NO_CONFLICT: Final = """
update feeds
set conflict_told_at = null
where feed_id = $1 and conflict_told_at is not null
"""


async def tell_if_failing(conn: Connection, feed_id: UUID, now: datetime) -> None:
    """Tell that a feed has failed several times in a row, unless that was told."""
    rows = await conn.fetch(TELL_FAILING, feed_id, FAILURES_UNTIL_TOLD, now)
    await tell(conn, FeedFailing, "feed_id", rows)


async def tell_conflict(
    conn: Connection, feed_id: UUID, conflicts: int, starts_at: datetime, now: datetime
) -> None:
    """Tell of so many conflicts, the first at `starts_at`, unless some were told and are left."""
    rows = await conn.fetch(TELL_CONFLICT, feed_id, now, conflicts, starts_at)
    await tell(conn, FeedConflictFound, "feed_id", rows)


async def note_no_conflict(conn: Connection, feed_id: UUID) -> None:
    """Note that nothing is sold twice any more: the next conflict is told again."""
    await conn.execute(NOTE_NO_CONFLICT, feed_id)

"""The rows of feeds that are due, and what becomes of them when they were read or not.

Whoever takes a feed up puts `next_fetch_at` forward: until then nobody else reads it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.venues.feeds.reading import BusyTimes
from services.venues.feeds.telling import tell_if_failing
from shared.db import Connection, fetch_first

EVERY: Final = timedelta(minutes=15)
# By so much the times of different feeds are spread.
SPREAD_SECONDS: Final = 180
LONGEST_PAUSE: Final = timedelta(hours=6)
# Less than the day by which it is read ahead of what is on sale.
LONGEST_UNREAD: Final = timedelta(hours=12)
# Longer than a fetch and a reading take.
LEASE: Final = timedelta(minutes=2)

TAKE_UP: Final = """
with due as (
    select feed_id
    from feeds
    where next_fetch_at <= $1
    order by next_fetch_at
    limit 1
    for update skip locked
)
update feeds f
set next_fetch_at = $2, tried_at = $1
from due
where f.feed_id = due.feed_id
returning
    f.feed_id,
    f.offering_id,
    f.url,
    f.etag,
    f.last_modified,
    f.parsed_at,
    f.failures,
    f.edit_version
"""

FORGET_BUSY: Final = "delete from feed_busy_times where feed_id = $1"

KEEP_DAYS: Final = """
insert into feed_busy_times (feed_id, place, first_day, end_day)
select $1, place, first_day, end_day
from unnest($2::date[], $3::date[]) with ordinality as busy (first_day, end_day, place)
"""

KEEP_TIMES: Final = """
insert into feed_busy_times (feed_id, place, starts_at, ends_at)
select $1, $4 + place, starts_at, ends_at
from unnest($2::timestamptz[], $3::timestamptz[]) with ordinality
    as busy (starts_at, ends_at, place)
"""

# Not where its address was changed while it was read.
NOTE_READ: Final = """
update feeds
set
    state = 'good',
    fault = null,
    failures = 0,
    failing_told_at = null,
    etag = $3,
    last_modified = $4,
    fetched_at = $5,
    parsed_at = case when $7 then $5 else parsed_at end,
    next_fetch_at = $6
where feed_id = $1 and edit_version = $2
returning true
"""

NOTE_FAILED: Final = """
update feeds
set state = 'failing', fault = $3, failures = failures + 1, next_fetch_at = $4
where feed_id = $1 and edit_version = $2
"""


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A feed that this process has taken up."""

    feed_id: UUID
    offering_id: UUID
    url: str
    etag: str | None
    last_modified: str | None
    parsed_at: datetime | None
    failures: int
    edit_version: int

    def headers(self, now: datetime) -> dict[str, str]:
        """Return what lets the other channel say that nothing changed (RFC 9110, section 13.1).

        Not a day after it was last looked at: by then its next day has come within the horizon.
        """
        headers = {"Accept": "text/calendar"}
        if self.parsed_at is not None and now - self.parsed_at < LONGEST_UNREAD:
            asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
            headers |= {name: tag for name, tag in asked.items() if tag}
        return headers

    def after_success(self, now: datetime) -> datetime:
        """Return when it is read next: in about 15 minutes, each feed at its own moment."""
        spread = (self.feed_id.int + int(now.timestamp())) % SPREAD_SECONDS
        return now + EVERY + timedelta(seconds=spread - SPREAD_SECONDS // 2)

    def after_failure(self, now: datetime) -> datetime:
        """Return when it is tried again: each time twice as late, up to six hours."""
        doublings: int = 2 ** min(self.failures, 10)
        return min(self.after_success(now) + EVERY * (doublings - 1), now + LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Tags:
    """By which the other channel knows what we have read; too long ones are none."""

    etag: str | None
    last_modified: str | None


async def take_up(conn: Connection, now: datetime) -> DueFeed | None:
    """Take up the feed that is due the longest; None where none is."""
    return await fetch_first(conn, DueFeed, TAKE_UP, now, now + LEASE)


async def note_read(
    conn: Connection, feed: DueFeed, tags: Tags, now: datetime, *, parsed: bool
) -> bool:
    """Note that it was read; False where it was changed or deleted meanwhile."""
    noted = await conn.fetchval(
        NOTE_READ,
        feed.feed_id,
        feed.edit_version,
        tags.etag,
        tags.last_modified,
        now,
        feed.after_success(now),
        parsed,
    )
    return bool(noted)


async def keep_busy_times(conn: Connection, feed: DueFeed, busy: BusyTimes) -> None:
    """Make these the busy times of a feed."""
    await conn.execute(FORGET_BUSY, feed.feed_id)
    firsts, ends = [one[0] for one in busy.days], [one[1] for one in busy.days]
    await conn.execute(KEEP_DAYS, feed.feed_id, firsts, ends)
    starts, stops = [one[0] for one in busy.times], [one[1] for one in busy.times]
    await conn.execute(KEEP_TIMES, feed.feed_id, starts, stops, len(busy.days))


async def note_failed(conn: Connection, feed: DueFeed, fault: str, now: datetime) -> None:
    """Note why it could not be read, and tell of it in time; what was read before stays."""
    await conn.execute(NOTE_FAILED, feed.feed_id, feed.edit_version, fault, feed.after_failure(now))
    await tell_if_failing(conn, feed.feed_id, now)

"""Read other channels' calendars, and take what they have sold off our sale."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from aiohttp import web

from services.venues.domain.slot_times import first_sold, horizon
from services.venues.feeds.blocking import block_slots
from services.venues.feeds.conflicts import look_for_conflicts
from services.venues.feeds.due import (
    DueFeed,
    Tags,
    keep_busy_times,
    note_failed,
    note_read,
    take_up,
)
from services.venues.feeds.owning import lock_for_feeds
from services.venues.feeds.reading import BusyTimes, CalendarUnreadable, read_calendar
from services.venues.keys import OUTBOUND
from services.venues.telling import publish_slots
from shared.core.clock import local_day
from shared.core.errors import NotFound, Unavailable
from shared.db import retry, took_too_long, transaction
from shared.http.keys import CLOCK, DATABASE
from shared.http.outbound import OutboundFailed

# Each may be a process that reads a file.
AT_ONCE: Final = 3
# What one run reads at most; the next one goes on.
MOST_IN_A_RUN: Final = 300

_OK: Final = 200
_NOT_MODIFIED: Final = 304
_LONGEST_ETAG: Final = 500
_LONGEST_DATE: Final = 100

_log: Final = structlog.get_logger()


async def read_feeds(app: web.Application) -> None:
    """Read the feeds that are due, a few at a time; one that fails stops no other one.

    Raises Unavailable where the database is away, when all have stopped.
    """
    left = [MOST_IN_A_RUN]
    ends = await asyncio.gather(
        *(_read_some(app, left) for _ in range(AT_ONCE)), return_exceptions=True
    )
    for end in ends:
        if end is not None:
            raise end


async def _read_some(app: web.Application, left: list[int]) -> None:
    while left[0] > 0:
        left[0] -= 1
        async with transaction(app[DATABASE]) as conn:
            feed = await take_up(conn, app[CLOCK].now())
        if feed is None:
            return
        await _attempt(app, feed)


async def _attempt(app: web.Application, feed: DueFeed) -> None:
    try:
        await _read(app, feed)
    except Unavailable as error:
        # A calendar that takes the database too long does so each time; it is not away.
        if not took_too_long(error):
            raise
        await _note_failed(app, feed, "too_large")
    except (OutboundFailed, CalendarUnreadable) as error:
        await _note_failed(app, feed, error.fault)
    except Exception as error:  # noqa: BLE001 - one feed's fault is none of the others'
        _log.error("feed.broken", feed_id=str(feed.feed_id), reason=type(error).__name__)
        await _note_failed(app, feed, "unreadable")


async def _read(app: web.Application, feed: DueFeed) -> None:
    """Fetch and understand a calendar, outside of any transaction, and take it over."""
    now = app[CLOCK].now()
    answer = await app[OUTBOUND].get(feed.url, feed.headers(now))
    if answer.status == _NOT_MODIFIED:
        await _take_over(app, feed, Tags(feed.etag, feed.last_modified), None)
        return
    if answer.status != _OK:
        await _note_failed(app, feed, f"status_{answer.status}")
        return
    today = local_day(now)
    last = horizon(today) + timedelta(days=1)
    busy = await read_calendar(answer.body, first_sold(today), last)
    await _take_over(app, feed, _tags(answer.headers), busy)


async def _take_over(
    app: web.Application, feed: DueFeed, tags: Tags, busy: BusyTimes | None
) -> None:
    if not await retry(partial(_keep, app, feed, tags, busy)):
        return
    _log.info("feed.read", feed_id=str(feed.feed_id), changed=busy is not None)
    try:
        await look_for_conflicts(app, feed.feed_id, feed.offering_id)
    except Unavailable:
        # It was read all the same, and is looked at again when it is read next.
        _log.warning("feed.conflicts_not_known", feed_id=str(feed.feed_id))


async def _keep(app: web.Application, feed: DueFeed, tags: Tags, busy: BusyTimes | None) -> bool:
    """Keep what was read, and take it off our sale; tell whether the feed is still the same."""
    now = app[CLOCK].now()
    async with transaction(app[DATABASE]) as conn:
        try:
            venue = await lock_for_feeds(conn, feed.offering_id, None)
        except NotFound:
            return False
        if not await note_read(conn, feed, tags, now, parsed=busy is not None):
            return False
        if busy is not None:
            await keep_busy_times(conn, feed, busy)
        await block_slots(conn, feed.offering_id, now)
        if venue.on_sale:
            await publish_slots(conn, venue.venue_id, [feed.offering_id], now)
    return True


async def _note_failed(app: web.Application, feed: DueFeed, fault: str) -> None:
    # The address stays out of the log: it may be the key to somebody's calendar.
    _log.warning("feed.not_read", feed_id=str(feed.feed_id), fault=fault)
    async with transaction(app[DATABASE]) as conn:
        await note_failed(conn, feed, fault, app[CLOCK].now())


def _tags(headers: Mapping[str, str]) -> Tags:
    etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
    return Tags(
        etag if 0 < len(etag) <= _LONGEST_ETAG and etag.isascii() else None,
        modified if 0 < len(modified) <= _LONGEST_DATE and modified.isascii() else None,
    )

"""Add another channel's calendar to an offering: what is sold there is not sold here."""

from typing import Final

from aiohttp import web

from services.venues.errors import FeedKnown, TooManyFeeds
from services.venues.feeds.fields import (
    FIND_OPTIONS,
    FeedName,
    FeedOption,
    FeedUrl,
    check_option,
    check_url,
)
from services.venues.feeds.owning import lock_for_feeds
from services.venues.feeds.views import Blocks, FeedView, feed_view
from services.venues.keys import EXEMPT_HOSTS
from services.venues.paths import OfferingPath
from shared.core.errors import NotFound
from shared.db import constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route

MOST_FEEDS: Final = 10


class AddFeed(Body):
    """Where the calendar is, and what an event of it takes: one unit, or the whole slot."""

    url: FeedUrl
    name: FeedName
    blocks: Blocks
    option: FeedOption | None = None


COUNT: Final = "select count(*) from feeds where offering_id = $1"

INSERT: Final = """
insert into feeds (
    feed_id, offering_id, name, url, blocks, option, next_fetch_at, entered_by, entered_at
)
values ($1, $2, $3, $4, $5, $6, $8, $7, $8)
"""


@route(
    "POST",
    "/v1/offerings/{offering_id}/feeds",
    access=may("feed.change"),
    status=201,
    idempotent=True,
    errors=(NotFound, FeedKnown, TooManyFeeds),
)
async def add_feed(
    request: web.Request,
    caller: Caller,
    path: OfferingPath,
    body: AddFeed,
    idempotency: Idempotency,
) -> FeedView:
    """Add a calendar (RFC 5545) whose busy times are not sold here; it is read soon after.

    It is then read every 15 minutes. Addresses that lead into our own network are refused, now or
    when they are called.
    """
    app = request.app
    check_url(body.url, app[EXEMPT_HOSTS])
    async with transaction(app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, FeedView):
            return earlier
        await lock_for_feeds(conn, path.offering_id, caller)
        known = await conn.fetchval(FIND_OPTIONS, path.offering_id)
        check_option(body.blocks, body.option, known)
        if await conn.fetchval(COUNT, path.offering_id) >= MOST_FEEDS:
            raise TooManyFeeds(limit=MOST_FEEDS)
        feed_id = app[IDS].new()
        with constraint_errors({"feeds_url_is_unique": FeedKnown}):
            await conn.execute(
                INSERT,
                feed_id,
                path.offering_id,
                body.name,
                body.url,
                body.blocks,
                body.option,
                caller.person,
                app[CLOCK].now(),
            )
        return await idempotency.keep(conn, await feed_view(conn, feed_id))

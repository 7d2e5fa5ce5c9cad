"""Change another channel's calendar: its address, its name, what its events take."""

from functools import partial
from typing import Final

from aiohttp import web

from services.venues.errors import FeedKnown
from services.venues.feeds.blocking import block_slots
from services.venues.feeds.fields import (
    FIND_OPTIONS,
    FeedName,
    FeedOption,
    FeedUrl,
    check_option,
    check_url,
)
from services.venues.feeds.owning import lock_feed
from services.venues.feeds.views import Blocks, FeedView, feed_view
from services.venues.fields import Changes
from services.venues.keys import EXEMPT_HOSTS
from services.venues.paths import FeedPath
from services.venues.telling import publish_slots
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import constraint_errors, retry, transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route


class ChangeFeed(Changes):
    """What to change; `blocks` brings the `option` that fits it, or none."""

    url: FeedUrl | None = None
    name: FeedName | None = None
    blocks: Blocks | None = None
    option: FeedOption | None = None


# Another address is another calendar: nothing is known of it yet, and it is read at once.
UPDATE: Final = """
update feeds
set
    name = coalesce($2, name),
    url = coalesce($3, url),
    blocks = $4,
    option = $5,
    etag = case when $3 is null then etag end,
    last_modified = case when $3 is null then last_modified end,
    next_fetch_at = case when $3 is null then next_fetch_at else $6 end,
    edit_version = edit_version + 1
where feed_id = $1
"""


@route(
    "PATCH",
    "/v1/feeds/{feed_id}",
    access=may("feed.change"),
    errors=(NotFound, PreconditionFailed, FeedKnown),
)
async def change_feed(
    request: web.Request,
    caller: Caller,
    path: FeedPath,
    body: ChangeFeed,
    if_match: RequiredIfMatch,
) -> Versioned[FeedView]:
    """Change a feed of the caller's; what it blocks follows at once."""
    if body.url is not None:
        check_url(body.url, request.app[EXEMPT_HOSTS])
    view = await retry(partial(_change, request.app, caller, path, body, if_match))
    return Versioned(view, view.version)


async def _change(
    app: web.Application,
    caller: Caller,
    path: FeedPath,
    body: ChangeFeed,
    if_match: RequiredIfMatch,
) -> FeedView:
    now = app[CLOCK].now()
    async with transaction(app[DATABASE]) as conn:
        venue, offering_id = await lock_feed(conn, path.feed_id, caller)
        before = await feed_view(conn, path.feed_id)
        if_match.check(before.version)
        blocks = body.blocks or before.blocks
        option = body.option if body.blocks or body.option else before.option
        check_option(blocks, option, await conn.fetchval(FIND_OPTIONS, offering_id))
        with constraint_errors({"feeds_url_is_unique": FeedKnown}):
            await conn.execute(UPDATE, path.feed_id, body.name, body.url, blocks, option, now)
        await block_slots(conn, offering_id, now)
        if venue.on_sale:
            await publish_slots(conn, venue.venue_id, [offering_id], now)
        return await feed_view(conn, path.feed_id)

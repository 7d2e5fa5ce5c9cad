"""Have another channel's calendar read now."""

from datetime import timedelta
from typing import Final

from aiohttp import web

from services.venues.errors import FeedRefreshedLately
from services.venues.feeds.owning import lock_feed
from services.venues.feeds.views import FeedView, feed_view
from services.venues.feeds.waking import wake
from services.venues.paths import FeedPath
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route

# The other channel is not ours to hurry.
LEAST_PAUSE: Final = timedelta(minutes=1)

LAST_TRIED: Final = "select tried_at from feeds where feed_id = $1"

MAKE_DUE: Final = "update feeds set next_fetch_at = $2 where feed_id = $1"


@route(
    "POST",
    "/v1/feeds/{feed_id}/refreshes",
    access=may("feed.change"),
    status=202,
    errors=(NotFound, FeedRefreshedLately),
)
async def refresh_feed(request: web.Request, caller: Caller, path: FeedPath) -> FeedView:
    """Have a feed of the caller's read within seconds, once a minute at most."""
    now = request.app[CLOCK].now()
    async with transaction(request.app[DATABASE]) as conn:
        await lock_feed(conn, path.feed_id, caller)
        tried_at = await conn.fetchval(LAST_TRIED, path.feed_id)
        if tried_at is not None and now - tried_at < LEAST_PAUSE:
            raise FeedRefreshedLately(headers={"Retry-After": "60"})
        await conn.execute(MAKE_DUE, path.feed_id, now)
        view = await feed_view(conn, path.feed_id)
    wake()
    return view

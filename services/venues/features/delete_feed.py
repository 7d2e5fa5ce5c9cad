"""Follow another channel's calendar no longer."""

from functools import partial
from typing import Final

from aiohttp import web

from services.venues.feeds.blocking import block_slots
from services.venues.feeds.owning import lock_feed
from services.venues.paths import FeedPath
from services.venues.telling import publish_slots
from shared.core.errors import NotFound
from shared.db import retry, transaction
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route

DELETE: Final = "delete from feeds where feed_id = $1"


@route("DELETE", "/v1/feeds/{feed_id}", access=may("feed.change"), errors=(NotFound,))
async def delete_feed(request: web.Request, caller: Caller, path: FeedPath) -> None:
    """Delete a feed of the caller's; what it blocked is sold here again at once."""
    await retry(partial(_delete, request.app, caller, path))


async def _delete(app: web.Application, caller: Caller, path: FeedPath) -> None:
    now = app[CLOCK].now()
    async with transaction(app[DATABASE]) as conn:
        venue, offering_id = await lock_feed(conn, path.feed_id, caller)
        await conn.execute(DELETE, path.feed_id)
        await block_slots(conn, offering_id, now)
        if venue.on_sale:
            await publish_slots(conn, venue.venue_id, [offering_id], now)

"""List what was sold both here and by another channel."""

from aiohttp import web

from services.venues.feeds.conflicts import FeedConflict, find_conflicts
from services.venues.feeds.owning import check_feeds_of
from services.venues.paths import OfferingPath
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page
from shared.http.route import route


@route(
    "GET",
    "/v1/offerings/{offering_id}/feed-conflicts",
    access=may("feed.change"),
    errors=(NotFound,),
)
async def list_feed_conflicts(
    request: web.Request, caller: Caller, path: OfferingPath
) -> Page[FeedConflict]:
    """List the coming slots that are sold here and elsewhere, by time; 500 at most.

    Orders that stand are not touched: it is for the operator to call one of the two parties.
    """
    async with acquire(request.app[DATABASE]) as conn:
        await check_feeds_of(conn, path.offering_id, caller)
    return Page[FeedConflict](items=await find_conflicts(request.app, path.offering_id))

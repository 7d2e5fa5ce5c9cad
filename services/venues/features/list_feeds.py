"""List the calendars of other channels that an offering follows."""

from aiohttp import web

from services.venues.feeds.owning import check_feeds_of
from services.venues.feeds.views import FeedView, feeds_of
from services.venues.paths import OfferingPath
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page
from shared.http.route import route


@route(
    "GET",
    "/v1/offerings/{offering_id}/feeds",
    access=may("feed.change"),
    errors=(NotFound,),
)
async def list_feeds(request: web.Request, caller: Caller, path: OfferingPath) -> Page[FeedView]:
    """List an offering's feeds with how reading them went; there are ten at most."""
    async with acquire(request.app[DATABASE]) as conn:
        await check_feeds_of(conn, path.offering_id, caller)
        return Page[FeedView](items=await feeds_of(conn, path.offering_id))

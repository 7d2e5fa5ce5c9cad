"""List what was sold both here and by another channel."""

from typing import Final

from aiohttp import web

from services.venues.feeds.conflicts import FeedConflict, conflicts_of
from services.venues.feeds.owning import check_feeds_of
from services.venues.paths import OfferingPath
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, encode_cursor, position_of
from shared.http.route import route

# Of one page; those of a slot are all on one.
MOST_CONFLICTS: Final = 500


class ConflictsQuery(Query):
    """Which page."""

    cursor: Cursor | None = None


@route(
    "GET",
    "/v1/offerings/{offering_id}/feed-conflicts",
    access=may("feed.change"),
    errors=(NotFound,),
)
async def list_feed_conflicts(
    request: web.Request, caller: Caller, path: OfferingPath, query: ConflictsQuery
) -> Page[FeedConflict]:
    """List the coming slots that are sold here and elsewhere, by time; 500 at most on a page.

    Orders that stand are not touched: it is for the operator to call one of the two parties.
    """
    after = position_of(query.cursor)
    async with acquire(request.app[DATABASE]) as conn:
        await check_feeds_of(conn, path.offering_id, caller)
    items: list[FeedConflict] = []
    async for conflicts in conflicts_of(request.app, path.offering_id, after):
        if len(items) + len(conflicts) > MOST_CONFLICTS:
            following = encode_cursor({"after": items[-1].slot_id.hex})
            return Page[FeedConflict](items=items, next=following)
        items += conflicts
    return Page[FeedConflict](items=items)

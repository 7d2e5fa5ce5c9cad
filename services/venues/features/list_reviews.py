"""List the reviews of a venue, with what they amount to."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.caching import readable
from services.venues.domain.life import State
from services.venues.domain.reviewing import ReviewState
from services.venues.ownership import reads_always, sees
from services.venues.paths import VenuePath
from services.venues.review_views import ReviewPage, rating_of, reviews_of
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class ReviewsQuery(Query):
    """Which page, and for the venue's people and the office: hidden reviews instead of shown."""

    state: ReviewState = "shown"
    cursor: Cursor | None = None
    limit: Limit = 20


FIND_VENUE: Final = "select organisation_id, state from venues where venue_id = $1"


@route("GET", "/v1/venues/{venue_id}/reviews", access=may("public.read"), errors=(NotFound,))
async def list_reviews(
    request: web.Request, caller: Caller | None, path: VenuePath, query: ReviewsQuery
) -> ReviewPage | web.Response:
    """List reviews, the newest first. The rating says how many are hidden, and counts none."""
    async with acquire(request.app[DATABASE]) as conn:
        row = await conn.fetchrow(FIND_VENUE, path.venue_id)
        if row is None or not _may_read(caller, path, query, row["organisation_id"], row["state"]):
            raise NotFound
        after = position_of(query.cursor)
        found = await reviews_of(conn, path.venue_id, after, query.limit + 1, query.state)
        items, following = page_of(found, query.limit, lambda review: review.review_id)
        rating = await rating_of(conn, path.venue_id)
    page = ReviewPage(items=items, next=following, rating=rating)
    return readable(request, caller, page)


def _may_read(
    caller: Caller | None, path: VenuePath, query: ReviewsQuery, organisation_id: UUID, state: State
) -> bool:
    if query.state == "hidden":
        return caller is not None and reads_always(caller, organisation_id, path.venue_id)
    return sees(caller, organisation_id, path.venue_id, state)

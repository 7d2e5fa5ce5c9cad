"""Show one review."""

from aiohttp import web

from services.venues.caching import readable
from services.venues.paths import ReviewPath
from services.venues.review_views import ReviewView, find_review, review_view
from services.venues.review_writing import reads_hidden
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import DATABASE
from shared.http.route import route


@route("GET", "/v1/reviews/{review_id}", access=may("public.read"), errors=(NotFound,))
async def show_review(
    request: web.Request, caller: Caller | None, path: ReviewPath
) -> Versioned[ReviewView] | web.Response:
    """Show a review to everybody; a hidden one to its author, its venue and the office."""
    async with acquire(request.app[DATABASE]) as conn:
        found = await find_review(conn, path.review_id)
        if found.state == "hidden" and not reads_hidden(caller, found):
            raise NotFound
        view = await review_view(conn, path.review_id)
    return readable(request, caller, view, view.version)

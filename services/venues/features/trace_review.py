"""Show what happened to a review, step by step."""

from typing import Final

from aiohttp import web

from services.venues.paths import ReviewPath
from services.venues.review_views import TraceView, find_review
from services.venues.review_writing import is_author, reads_hidden
from shared.core.errors import NotFound
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page
from shared.http.route import route

# $2 whether earlier words of the author are shown too. A review has few steps: never a thousand.
TRACE: Final = """
select
    t.step,
    t.role,
    t.done_at,
    t.version,
    t.note,
    case when $2::boolean then v.rating end as rating,
    case when $2::boolean then v.text end as text
from review_trace t
left join review_versions v on v.review_id = t.review_id and v.version = t.version
where t.review_id = $1
order by t.entry_id
limit 1000
"""


@route("GET", "/v1/reviews/{review_id}/trace", access=may("review.read_trace"), errors=(NotFound,))
async def trace_review(request: web.Request, caller: Caller, path: ReviewPath) -> Page[TraceView]:
    """Show all steps of a review, the first one first: to its author, its venue, the office.

    What its author wrote before an edit is shown to the author and the office only.
    """
    async with acquire(request.app[DATABASE]) as conn:
        review = await find_review(conn, path.review_id)
        if not reads_hidden(caller, review):
            raise NotFound
        words = caller.is_office or is_author(caller)(review)
        return Page[TraceView](
            items=await fetch_all(conn, TraceView, TRACE, review.review_id, words)
        )

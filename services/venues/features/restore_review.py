"""Show a hidden review again."""

from typing import Final

from aiohttp import web

from services.venues.paths import ReviewPath
from services.venues.review_errors import ReviewStateConflict
from services.venues.review_views import ReviewView, review_view
from services.venues.review_writing import lock_review, trace
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import DATABASE
from shared.http.route import route
from shared.messaging import audit

RESTORE: Final = """
update reviews
set state = 'shown', hidden_because = null, version = version + 1
where review_id = $1
"""


@route(
    "POST",
    "/v1/reviews/{review_id}/restorations",
    access=may("review.moderate"),
    errors=(NotFound, ReviewStateConflict),
)
async def restore_review(
    request: web.Request, caller: Caller, path: ReviewPath, if_match: IfMatch
) -> Versioned[ReviewView]:
    """Show a hidden review again, as it was, and count it."""
    async with transaction(request.app[DATABASE]) as conn:
        review = await lock_review(conn, path.review_id, lambda _review: True)
        if_match.check(review.version)
        if review.state == "shown":
            raise ReviewStateConflict(state=review.state)
        await conn.execute(RESTORE, review.review_id)
        await trace(
            conn,
            request.app,
            caller,
            review.review_id,
            step="restored",
            role="office",
            version=review.version + 1,
        )
        await audit.record(conn, caller, action="review.restored", subject=review.review_id)
        view = await review_view(conn, review.review_id)
    return Versioned(view, view.version)

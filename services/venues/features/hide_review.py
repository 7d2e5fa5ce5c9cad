"""Hide a review, for a reason."""

from typing import Final

from aiohttp import web

from services.venues.fields import Reason
from services.venues.paths import ReviewPath
from services.venues.review_errors import ReviewStateConflict
from services.venues.review_views import ReviewView, review_view
from services.venues.review_writing import lock_review, trace
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import DATABASE
from shared.http.models import Body
from shared.http.route import route
from shared.messaging import audit


class HideReview(Body):
    """Why: its author and its venue read it."""

    reason: Reason


HIDE: Final = """
update reviews
set state = 'hidden', hidden_because = $2, version = version + 1
where review_id = $1
"""


@route(
    "POST",
    "/v1/reviews/{review_id}/hidings",
    access=may("review.moderate"),
    errors=(NotFound, ReviewStateConflict),
)
async def hide_review(
    request: web.Request, caller: Caller, path: ReviewPath, body: HideReview, if_match: IfMatch
) -> Versioned[ReviewView]:
    """Hide a review: it counts no longer, stays where it is, and its author reads why."""
    async with transaction(request.app[DATABASE]) as conn:
        review = await lock_review(conn, path.review_id, lambda _review: True)
        if_match.check(review.version)
        if review.state == "hidden":
            raise ReviewStateConflict(state=review.state)
        await conn.execute(HIDE, review.review_id, body.reason)
        await trace(
            conn,
            request.app,
            caller,
            review.review_id,
            step="hidden",
            role="office",
            version=review.version + 1,
            note=body.reason,
        )
        await audit.record(conn, caller, action="review.hidden", subject=review.review_id)
        view = await review_view(conn, review.review_id)
    return Versioned(view, view.version)

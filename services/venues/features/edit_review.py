"""Change one's own review."""

from typing import Final

from aiohttp import web

from services.venues.domain.reviewing import EDITABLE_DAYS, editable_until
from services.venues.paths import ReviewPath
from services.venues.review_errors import ReviewFinal, ReviewHidden
from services.venues.review_views import ReviewView, review_view
from services.venues.review_writing import (
    KEEP_VERSION,
    Rating,
    ReviewText,
    is_author,
    lock_review,
    trace,
)
from shared.core.errors import NotFound, PreconditionFailed
from shared.core.localized import Language
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Body
from shared.http.route import route


class EditReview(Body):
    """The review as it shall be, whole."""

    rating: Rating
    text: ReviewText | None = None
    language: Language


UPDATE: Final = """
update reviews
set rating = $2, text = $3, language = $4, edited_at = $5, version = version + 1
where review_id = $1 and account_id = $6
"""


@route(
    "PUT",
    "/v1/reviews/{review_id}",
    access=may("review.write"),
    errors=(NotFound, PreconditionFailed, ReviewFinal, ReviewHidden),
)
async def edit_review(
    request: web.Request,
    caller: Caller,
    path: ReviewPath,
    body: EditReview,
    if_match: RequiredIfMatch,
) -> Versioned[ReviewView]:
    """Change a review of the caller's within 14 days; what it said before is kept.

    If-Match says which version was read: the venue may have answered it since.
    """
    now = request.app[CLOCK].now()
    async with transaction(request.app[DATABASE]) as conn:
        review = await lock_review(conn, path.review_id, is_author(caller))
        if_match.check(review.version)
        if review.state == "hidden":
            raise ReviewHidden
        if now > editable_until(review.written_at):
            raise ReviewFinal(days=EDITABLE_DAYS)
        said = body.rating, body.text, body.language
        # Its author may have been erased a moment ago: then it is nobody's.
        if await conn.execute(UPDATE, review.review_id, *said, now, caller.person) == "UPDATE 0":
            raise NotFound
        await conn.execute(KEEP_VERSION, review.review_id)
        await trace(
            conn,
            request.app,
            caller,
            review.review_id,
            step="edited",
            role="author",
            version=review.version + 1,
        )
        view = await review_view(conn, review.review_id)
    return Versioned(view, view.version)

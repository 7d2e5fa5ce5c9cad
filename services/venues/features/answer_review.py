"""Answer a review for its venue."""

from typing import Final

from aiohttp import web

from services.venues.paths import ReviewPath
from services.venues.review_errors import ReviewHidden
from services.venues.review_views import ReviewView, review_view
from services.venues.review_writing import ReviewText, answers_for, lock_review, trace
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Body
from shared.http.route import route


class AnswerReview(Body):
    """What the venue says."""

    text: ReviewText


ANSWER: Final = """
update reviews
set
    answer = $2,
    answered_at = coalesce(answered_at, $3),
    answer_edited_at = case when answer is not null then $3::timestamptz end,
    version = version + 1
where review_id = $1
"""


@route(
    "PUT",
    "/v1/reviews/{review_id}/answer",
    access=may("review.answer"),
    errors=(NotFound, PreconditionFailed, ReviewHidden),
)
async def answer_review(
    request: web.Request,
    caller: Caller,
    path: ReviewPath,
    body: AnswerReview,
    if_match: RequiredIfMatch,
) -> Versioned[ReviewView]:
    """Answer a review of an own venue, or change the answer: a review has one.

    If-Match says which version of the review was read: its author may have changed it since.
    """
    async with transaction(request.app[DATABASE]) as conn:
        review = await lock_review(conn, path.review_id, answers_for(caller))
        if_match.check(review.version)
        if review.state == "hidden":
            raise ReviewHidden
        await conn.execute(ANSWER, review.review_id, body.text, request.app[CLOCK].now())
        await trace(
            conn,
            request.app,
            caller,
            review.review_id,
            step="answered" if review.answer is None else "answer_edited",
            role="operator",
            version=review.version + 1,
            note=body.text,
        )
        view = await review_view(conn, review.review_id)
    return Versioned(view, view.version)

"""Review a visit."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from aiohttp import web

from services.venues.domain.reviewing import REVIEWABLE_DAYS, month_of, reviewable_until
from services.venues.ownership import lock_venue
from services.venues.paths import VenuePath
from services.venues.review_errors import AlreadyReviewed, NotVisitedYet, ReviewTooLate
from services.venues.review_views import ReviewView, review_view
from services.venues.review_writing import KEEP_VERSION, Rating, ReviewText, trace
from services.venues.visits import lock_visit
from shared.core.clock import local_day
from shared.core.errors import NotFound
from shared.core.localized import Language
from shared.db import constraint_errors, fetch_first, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route


class WriteReview(Body):
    """What a visitor says of a visit, by the line of the order that they came with."""

    line_id: UUID
    rating: Rating
    text: ReviewText | None = None
    language: Language


@dataclass(frozen=True, slots=True)
class Visit:
    """What the caller booked, and when the first of them came."""

    offering_id: UUID
    checked_in_at: datetime | None


FIND_VISIT: Final = """
select
    v.offering_id,
    (select min(checked_in_at) from visit_tickets where line_id = v.line_id) as checked_in_at
from visits v
where v.line_id = $1 and v.venue_id = $2 and v.account_id = $3
"""

INSERT: Final = """
insert into reviews (
    review_id, line_id, venue_id, account_id, offering_id, visited_in, written_at,
    rating, text, language
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


@route(
    "POST",
    "/v1/venues/{venue_id}/reviews",
    access=may("review.write"),
    status=201,
    idempotent=True,
    errors=(NotFound, NotVisitedYet, ReviewTooLate, AlreadyReviewed),
)
async def write_review(
    request: web.Request,
    caller: Caller,
    path: VenuePath,
    body: WriteReview,
    idempotency: Idempotency,
) -> ReviewView:
    """Review a visit, once for each line of an order, within 90 days of it.

    Who came is known some seconds after they came through the gate. A line of somebody else, or
    of another venue, answers as one that does not exist.
    """
    async with transaction(request.app[DATABASE]) as conn:
        if (earlier := await idempotency.earlier(conn, ReviewView)) is not None:
            return earlier
        await lock_visit(conn, body.line_id)
        venue = await lock_venue(conn, path.venue_id)
        visit = await fetch_first(
            conn, Visit, FIND_VISIT, body.line_id, venue.venue_id, caller.person
        )
        came = _came(visit, request.app[CLOCK].now())
        review_id = request.app[IDS].new()
        with constraint_errors({"reviews_one_per_line": AlreadyReviewed}):
            await conn.execute(
                INSERT, review_id, body.line_id, venue.venue_id, caller.person, *came, *_said(body)
            )
        await conn.execute(KEEP_VERSION, review_id)
        await trace(conn, request.app, caller, review_id, step="written", role="author", version=1)
        return await idempotency.keep(conn, await review_view(conn, review_id))


class _Came(NamedTuple):
    """The columns of a review that say what was visited, and when it is written."""

    offering_id: UUID
    visited_in: date
    written_at: datetime


def _came(visit: Visit | None, now: datetime) -> _Came:
    """Return what was visited and when. Raises NotFound, NotVisitedYet and ReviewTooLate."""
    if visit is None:
        raise NotFound
    if visit.checked_in_at is None:
        raise NotVisitedYet
    if now > reviewable_until(visit.checked_in_at):
        raise ReviewTooLate(days=REVIEWABLE_DAYS)
    return _Came(visit.offering_id, month_of(local_day(visit.checked_in_at)), now)


def _said(body: WriteReview) -> tuple[object, ...]:
    return body.rating, body.text, body.language

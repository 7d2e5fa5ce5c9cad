"""What everything that happens to a review has in common: whose it is, the lock, the trace."""

from collections.abc import Callable
from typing import Annotated, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field

from services.venues.ownership import lock_venue
from services.venues.review_views import ReviewedVenue, find_review
from shared.core.errors import NotFound
from shared.db import Connection
from shared.http.access import Caller
from shared.http.keys import CLOCK, IDS
from shared.http.models import lines

Rating = Annotated[int, Field(ge=1, le=5, description="Stars.")]
ReviewText = Annotated[
    str,
    AfterValidator(lines(2000)),
    Field(json_schema_extra={"minLength": 1, "maxLength": 2000}),
]

Step = Literal["written", "edited", "answered", "answer_edited", "hidden", "restored"]
Role = Literal["author", "operator", "office"]

TRACE: Final = """
insert into review_trace (entry_id, review_id, step, role, done_by, done_at, version, note)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""

KEEP_VERSION: Final = """
insert into review_versions (review_id, version, rating, text, language)
select review_id, version, rating, text, language
from reviews
where review_id = $1
"""


async def lock_review(
    conn: Connection, review_id: UUID, allowed: Callable[[ReviewedVenue], bool]
) -> ReviewedVenue:
    """Lock a review for a change, by the lock on its venue.

    Raises NotFound where it is not there, and where `allowed` says that it is none of the
    caller's.
    """
    found = await find_review(conn, review_id)
    if not allowed(found):
        raise NotFound
    await lock_venue(conn, found.venue_id)
    # As it is now that nobody else can change it.
    return await find_review(conn, review_id)


async def trace(
    conn: Connection,
    app: web.Application,
    caller: Caller,
    review_id: UUID,
    *,
    step: Step,
    role: Role,
    version: int,
    note: str | None = None,
) -> None:
    """Write down a step in the transaction that takes it."""
    await conn.execute(
        TRACE,
        app[IDS].new(),
        review_id,
        step,
        role,
        None if role == "author" else caller.person,
        app[CLOCK].now(),
        version,
        note,
    )


def is_author(caller: Caller) -> Callable[[ReviewedVenue], bool]:
    """Return a check whether the caller wrote a review."""
    return lambda review: caller.account_id is not None and review.account_id == caller.account_id


def answers_for(caller: Caller) -> Callable[[ReviewedVenue], bool]:
    """Return a check whether the caller may answer for a review's venue."""
    return lambda review: caller.may("review.answer", review.organisation_id, review.venue_id)


def reads_hidden(caller: Caller | None, review: ReviewedVenue) -> bool:
    """Tell whether the caller sees a review that is hidden: its author, its venue, the office."""
    return caller is not None and (
        caller.is_office or is_author(caller)(review) or answers_for(caller)(review)
    )

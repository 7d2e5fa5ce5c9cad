"""What the service shows of reviews, and how it reads that.

Nobody's name and no account is shown: an author is a visitor of a month.
"""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import Field

from services.venues.domain.reviewing import ReviewState, average, distribution
from shared.core.errors import NotFound
from shared.core.localized import Language
from shared.db import Connection, fetch_all, fetch_first
from shared.http.models import Page, Reply


class AnswerView(Reply):
    """What the venue says to a review."""

    text: str
    answered_at: datetime
    edited_at: datetime | None


class ReviewView(Reply):
    """A review; `visited_in` is the year and month of the visit.

    `hidden_because` is shown to its author, its venue and the office, who alone see it hidden.
    """

    review_id: UUID
    venue_id: UUID
    offering_id: UUID
    rating: int
    text: str | None
    language: Language
    visited_in: str = Field(examples=["2026-10"])
    written_at: datetime
    edited_at: datetime | None
    answer: AnswerView | None
    state: ReviewState
    hidden_because: str | None
    version: int


class RatingView(Reply):
    """What the shown reviews of a venue amount to, and how many the office has hidden."""

    count: int
    average: float | None = Field(description="To one decimal; null without reviews.")
    distribution: dict[int, int] = Field(description="How many gave 1, 2, 3, 4 and 5 stars.")
    hidden: int


class ReviewPage(Page[ReviewView]):
    """A page of reviews, and the rating that all of the venue's reviews amount to."""

    rating: RatingView


class ReviewedVenue(Reply):
    """A review with whose it is, for deciding who may do what; never shown."""

    review_id: UUID
    venue_id: UUID
    organisation_id: UUID
    account_id: UUID | None
    state: ReviewState
    written_at: datetime
    answer: str | None
    version: int


class TraceView(Reply):
    """One step of what happened to a review.

    `text` and `rating` are what its author wrote then, for the author and the office; `note` is
    the office's reason, or the venue's answer.
    """

    step: Literal[
        "written", "edited", "answered", "answer_edited", "hidden", "restored", "forgotten"
    ]
    role: Literal["author", "operator", "office", "platform"]
    done_at: datetime
    version: int
    note: str | None
    rating: int | None
    text: str | None


REVIEW: Final = """
select
    review_id,
    venue_id,
    offering_id,
    rating,
    text,
    language,
    to_char(visited_in, 'YYYY-MM') as visited_in,
    written_at,
    edited_at,
    case
        when answer is not null
            then jsonb_build_object(
                'text', answer, 'answered_at', answered_at, 'edited_at', answer_edited_at
            )
    end as answer,
    state,
    hidden_because,
    version
from reviews
where review_id = $1
"""

# $2 after this one, $3 at most so many, $4 the state.
PAGE: Final = """
select
    review_id,
    venue_id,
    offering_id,
    rating,
    text,
    language,
    to_char(visited_in, 'YYYY-MM') as visited_in,
    written_at,
    edited_at,
    case
        when answer is not null
            then jsonb_build_object(
                'text', answer, 'answered_at', answered_at, 'edited_at', answer_edited_at
            )
    end as answer,
    state,
    hidden_because,
    version
from reviews
where venue_id = $1 and ($2::uuid is null or review_id < $2) and state = $4
order by review_id desc
limit $3
"""

FIND: Final = """
select
    r.review_id,
    r.venue_id,
    v.organisation_id,
    r.account_id,
    r.state,
    r.written_at,
    r.answer,
    r.version
from reviews r
join venues v using (venue_id)
where r.review_id = $1
"""

RATING: Final = """
select
    v.rating_count,
    v.rating_sum,
    v.reviews_hidden,
    coalesce(
        (
            select jsonb_object_agg(rating, counted)
            from (
                select rating, count(*) as counted
                from reviews
                where venue_id = v.venue_id and state = 'shown'
                group by rating
            ) stars
        ),
        '{}'
    ) as stars
from venues v
where v.venue_id = $1
"""


async def review_view(conn: Connection, review_id: UUID) -> ReviewView:
    """Return a review whole, whoever asks. Raises NotFound."""
    view = await fetch_first(conn, ReviewView, REVIEW, review_id)
    if view is None:
        raise NotFound
    return view


async def reviews_of(
    conn: Connection, venue_id: UUID, after: UUID | None, most: int, state: ReviewState
) -> list[ReviewView]:
    """Return reviews of a venue, the newest first."""
    return await fetch_all(conn, ReviewView, PAGE, venue_id, after, most, state)


async def find_review(conn: Connection, review_id: UUID) -> ReviewedVenue:
    """Return whose a review is. Raises NotFound."""
    found = await fetch_first(conn, ReviewedVenue, FIND, review_id)
    if found is None:
        raise NotFound
    return found


async def rating_of(conn: Connection, venue_id: UUID) -> RatingView:
    """Return the rating of a venue. Raises NotFound."""
    row = await conn.fetchrow(RATING, venue_id)
    if row is None:
        raise NotFound
    stars = {int(number): int(count) for number, count in row["stars"].items()}
    return RatingView(
        count=row["rating_count"],
        average=average(row["rating_count"], row["rating_sum"]),
        distribution=distribution(stars),
        hidden=row["reviews_hidden"],
    )

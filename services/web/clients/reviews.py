"""Reviews, and the visits that they are about."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from pydantic import Field, JsonValue

from services.web.clients.asking import Asking
from services.web.clients.seen import Seen, Words
from shared.core.localized import Language
from shared.http.client import ServiceClient

SHOWN_AT_ONCE: Final = 6


class Answer(Seen):
    """What a venue says to a review."""

    text: str


class Review(Seen):
    """A review by a visitor of a month; `visited_in` is its year and month."""

    review_id: UUID
    venue_id: UUID
    rating: int
    text: str | None = None
    language: Language = "zh"
    visited_in: str
    written_at: datetime
    answer: Answer | None = None
    state: str = "shown"
    hidden_because: str | None = None
    version: int = 1

    @property
    def month(self) -> date:
        """The first of the month of the visit."""
        return date.fromisoformat(f"{self.visited_in}-01")


class Rating(Seen):
    """What the reviews of a venue amount to."""

    count: int = 0
    average: float | None = None
    distribution: dict[int, int] = Field(default_factory=dict)
    hidden: int = 0


class Reviews(Seen):
    """One page of reviews, the newest first."""

    items: tuple[Review, ...] = ()
    next: str | None = None
    rating: Rating = Rating()


class Visit(Seen):
    """Where somebody came, and until when they may say how it was."""

    line_id: UUID
    venue_id: UUID
    venue_name: Words
    day: date
    reviewable_until: datetime
    review_id: UUID | None = None


class Visits(Seen):
    """Own visits, the latest first."""

    items: tuple[Visit, ...] = ()
    next: str | None = None


class ReviewsClient:
    """What the pages ask of venues about reviews. Calls raise ProblemAnswer or Unavailable."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def of_venue(self, venue_id: UUID, cursor: str | None = None) -> Reviews:
        """Return a page of a venue's reviews, with its rating."""
        params = {"limit": SHOWN_AT_ONCE, "cursor": cursor}
        return await self._client.get(f"/v1/venues/{venue_id}/reviews", Reviews, params=params)

    async def visits(self, by: Asking) -> tuple[Visit, ...]:
        """Return the latest hundred of one's own visits."""
        params = {"limit": 100}
        found = await self._client.get("/v1/my-visits", Visits, params=params, **by.options)
        return found.items

    async def review(self, by: Asking, review_id: UUID) -> Review:
        """Return a review; one's own even if it is hidden."""
        return await self._client.get(f"/v1/reviews/{review_id}", Review, **by.options)

    async def write(self, by: Asking, visit: Visit, key: str, said: dict[str, JsonValue]) -> None:
        """Review a visit."""
        path = f"/v1/venues/{visit.venue_id}/reviews"
        body: dict[str, JsonValue] = {**said, "line_id": str(visit.line_id)}
        await self._client.post(path, Seen, json=body, idempotency_key=key, **by.options)

    async def edit(self, by: Asking, review: Review, said: dict[str, JsonValue]) -> None:
        """Change one's own review, as it was seen."""
        path = f"/v1/reviews/{review.review_id}"
        await self._client.put(path, Seen, json=said, if_match=review.version, **by.options)

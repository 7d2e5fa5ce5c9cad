"""Bookings' waiting list: joining, where one stands and why, offers, leaving."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field, JsonValue

from services.web.clients.asking import Asking
from services.web.clients.seen import Nothing, Seen, Words
from shared.http.client import ServiceClient


class Wish(Seen):
    """A date that the party would take."""

    position: int
    first_day: date | None = Field(None, alias="date")
    nights: int | None = None
    begins_at: datetime
    is_open: bool = True


class Offer(Seen):
    """Places that were offered: a held order, to be taken until `expires_at`."""

    wish: int
    order_id: UUID
    offered_at: datetime
    expires_at: datetime
    outcome: str | None = None


class Skip(Seen):
    """Why the party was passed over, in words."""

    wish: int
    text: Words
    last_at: datetime
    times: int = 1


class Entry(Seen):
    """One entry of the waiting list; `rank` counts who stands before it."""

    entry_id: UUID
    state: str
    rank: int | None = None
    offering_id: UUID
    offering_name: Words
    venue_name: Words | None = None
    tickets: dict[str, int] = Field(default_factory=dict)
    persons: int = 1
    keep_waiting: bool = False
    joined_at: datetime
    ended_at: datetime | None = None
    wishes: tuple[Wish, ...] = ()
    offer: Offer | None = None
    earlier_offers: tuple[Offer, ...] = ()
    skips: tuple[Skip, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the party still waits, or decides."""
        return self.state in {"waiting", "offered"}

    def wish(self, position: int) -> Wish | None:
        """Return the wish at a position."""
        return next((one for one in self.wishes if one.position == position), None)


class Entries(Seen):
    """Entries, the newest first."""

    items: tuple[Entry, ...] = ()


class WaitlistClient:
    """What visitors' pages ask of the waiting list. Calls raise ProblemAnswer or Unavailable."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def join(self, by: Asking, key: str, body: JsonValue) -> Entry:
        """Join the list; the same key joins once."""
        return await self._client.post(
            "/v1/waitlist-entries", Entry, json=body, idempotency_key=key, **by.options
        )

    async def entries(self, by: Asking) -> tuple[Entry, ...]:
        """Return one's own entries, the newest first."""
        return (await self._client.get("/v1/waitlist-entries", Entries, **by.options)).items

    async def entry(self, by: Asking, entry_id: UUID) -> Entry:
        """Return one of one's own entries."""
        return await self._client.get(f"/v1/waitlist-entries/{entry_id}", Entry, **by.options)

    async def refuse(self, by: Asking, entry_id: UUID, order_id: str) -> None:
        """Refuse the offer that holds its places by this order; a later one is not meant."""
        path = f"/v1/waitlist-entries/{entry_id}/refusals"
        await self._client.post(path, Nothing, json={"order_id": order_id}, **by.options)

    async def leave(self, by: Asking, entry_id: UUID) -> None:
        """Leave the list."""
        path = f"/v1/waitlist-entries/{entry_id}/withdrawals"
        await self._client.post(path, Nothing, json={}, **by.options)

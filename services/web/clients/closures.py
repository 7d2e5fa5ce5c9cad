"""The venues service: when something is closed, and why."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.web.clients.seen import Seen, Words
from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer, ServiceClient


class ClosedTime(Seen):
    """A time in which kinds of offerings of a venue are closed, or only some offerings."""

    kinds: tuple[str, ...] = ()
    offering_ids: tuple[UUID, ...] = ()
    closed_from: datetime
    closed_until: datetime
    reason: Words

    def concerns(self, offering_id: UUID, kind: str) -> bool:
        """Tell whether it closes an offering."""
        return kind in self.kinds and (not self.offering_ids or offering_id in self.offering_ids)

    def is_now(self, now: datetime) -> bool:
        """Tell whether it has begun."""
        return self.closed_from <= now

    def closes_all(self, kinds: Collection[str]) -> bool:
        """Tell whether nothing of a venue's kinds is left open."""
        return not self.offering_ids and set(kinds) <= set(self.kinds)


class ClosedTimes(Seen):
    """All of them, the first to begin first."""

    items: tuple[ClosedTime, ...] = ()


class ClosuresClient:
    """What the pages ask about closures."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def of_venue(self, venue_id: UUID) -> tuple[ClosedTime, ...]:
        """Return when a venue is closed; nothing while that can't be known.

        Bookings refuses what is closed in any case.
        """
        try:
            found = await self._client.get(f"/v1/venues/{venue_id}/closed-times", ClosedTimes)
        except (ProblemAnswer, Unavailable):
            return ()
        return found.items

"""The bookings service, as operators use it: arrivals and check-ins."""

from datetime import date, datetime
from uuid import UUID

from pydantic import JsonValue

from services.web.clients.seen import Seen, Words
from services.web.domain.viewer import Viewer
from shared.http.client import ServiceClient


class ArrivalTicket(Seen):
    """One ticket of a party and whether it was used."""

    ordinal: int
    admits: int = 1
    used_at: datetime | None = None


class Arrival(Seen):
    """One party that is expected."""

    order_code: str
    contact_name: str
    line_id: UUID
    offering_name: Words
    starts_at: datetime
    nights: int = 0
    persons: int
    units: int
    payment_method: str | None = None
    price_fen: int = 0
    tickets: tuple[ArrivalTicket, ...] = ()


class Arrivals(Seen):
    """Who is expected at a venue on a day; `expected` and `arrived` count people."""

    items: tuple[Arrival, ...] = ()
    expected: int = 0
    arrived: int = 0


class CheckIn(Seen):
    """Who came in."""

    line_id: UUID
    ordinal: int
    order_code: str
    contact_name: str = ""
    name: Words
    venue_name: Words | None = None
    day: date | None = None
    persons: int = 1
    checked_in_at: datetime


class GateClient:
    """What operators' pages ask of bookings. Calls raise ProblemAnswer or Unavailable."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def arrivals(self, viewer: Viewer, venue_id: UUID, day: date) -> Arrivals:
        """Return who is expected at a venue of the operator's."""
        return await self._client.get(
            f"/v1/venues/{venue_id}/arrivals",
            Arrivals,
            params={"date": day},
            token=viewer.access_token,
        )

    async def check_in(
        self, viewer: Viewer, ticket: dict[str, JsonValue], *, admit_on_another_day: bool
    ) -> CheckIn:
        """Check a ticket in, named by `code` or by `line_id` and `ordinal`."""
        return await self._client.post(
            "/v1/check-ins",
            CheckIn,
            json={**ticket, "admit_on_another_day": admit_on_another_day},
            token=viewer.access_token,
        )

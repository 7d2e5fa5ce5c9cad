"""The bookings service: what is left, orders, tickets."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from pydantic import Field, JsonValue

from services.web.clients.seen import Seen, Words, for_each
from services.web.domain.viewer import Viewer
from shared.core.localized import Language
from shared.http.client import Parameters, RawAnswer, ServiceClient

# As many offerings as bookings takes in one question.
OFFERINGS_AT_ONCE: Final = 60


class Slot(Seen):
    """A bookable time; `left` counts pitches of a stay and places of a session."""

    offering_id: UUID
    slot_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    left: int
    fits: bool


class Availability(Seen):
    """Bookable times in order."""

    items: tuple[Slot, ...] = ()


class OrderLine(Seen):
    """One line of an order."""

    line_id: UUID
    offering_id: UUID
    venue_id: UUID
    village_id: UUID
    kind: str
    name: Words
    venue_name: Words
    village_name: Words
    address: Words | None = None
    day: date
    nights: int = 0
    starts_at: datetime
    ends_at: datetime
    tickets: dict[str, int] = Field(default_factory=dict)
    persons: int
    units: int
    price_fen: int
    state: str = "kept"


class Order(Seen):
    """An order with its lines."""

    order_id: UUID
    code: str
    state: str
    total_fen: int
    payment_method: str | None = None
    placed_at: datetime
    hold_expires_at: datetime | None = None
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    contact_name: str
    lines: tuple[OrderLine, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether its places are taken."""
        return self.state in {"held", "confirmed", "completed"}

    @property
    def starts_at(self) -> datetime:
        """When its first line begins."""
        return min((line.starts_at for line in self.lines), default=self.placed_at)

    @property
    def ends_at(self) -> datetime:
        """When its last line ends."""
        return max((line.ends_at for line in self.lines), default=self.placed_at)


class Orders(Seen):
    """One page of orders, newest first."""

    items: tuple[Order, ...] = ()
    next: str | None = None


class Ticket(Seen):
    """One ticket; `code` is what its QR says."""

    line_id: UUID
    ordinal: int
    code: str
    day: date
    starts_at: datetime
    name: Words
    venue_name: Words
    admits: int = 1
    state: str
    used_at: datetime | None = None


class Tickets(Seen):
    """The tickets of an order."""

    items: tuple[Ticket, ...] = ()


class BookingsClient:
    """What visitors' pages ask of bookings. Calls raise ProblemAnswer or Unavailable."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def availability(
        self, offerings: Sequence[UUID], first: date, last: date, persons: int
    ) -> list[Slot]:
        """Return what is left of the offerings on the days from `first` to `last`."""
        groups = [
            offerings[start : start + OFFERINGS_AT_ONCE]
            for start in range(0, len(offerings), OFFERINGS_AT_ONCE)
        ]

        async def ask(group: Sequence[UUID]) -> Availability:
            params: Parameters = {"offering": group, "from": first, "to": last, "party": persons}
            return await self._client.get("/v1/availability", Availability, params=params)

        return [slot for answer in await for_each(groups, ask) for slot in answer.items]

    async def place_order(self, viewer: Viewer, key: str, body: JsonValue) -> Order:
        """Place an order: all of its lines or none; the same key places it once."""
        return await self._client.post(
            "/v1/orders",
            Order,
            json=body,
            token=viewer.access_token,
            idempotency_key=key,
            seconds=10.0,
        )

    async def orders(self, viewer: Viewer, cursor: str | None = None) -> Orders:
        """Return one's own orders, newest first."""
        return await self._client.get(
            "/v1/orders", Orders, params={"cursor": cursor}, token=viewer.access_token
        )

    async def order(self, viewer: Viewer, order_id: UUID) -> Order:
        """Return one of one's own orders."""
        return await self._client.get(f"/v1/orders/{order_id}", Order, token=viewer.access_token)

    async def tickets(self, viewer: Viewer, order_id: UUID) -> tuple[Ticket, ...]:
        """Return the tickets of one's own order."""
        path = f"/v1/orders/{order_id}/tickets"
        return (await self._client.get(path, Tickets, token=viewer.access_token)).items

    async def calendar(self, viewer: Viewer, order_id: UUID, language: Language) -> RawAnswer:
        """Return one's own order as an iCalendar file."""
        return await self._client.exchange(
            "GET",
            f"/v1/orders/{order_id}/tickets.ics",
            params={"language": language},
            token=viewer.access_token,
            headers={"Accept": "text/calendar"},
        )

    async def pay(self, viewer: Viewer, order_id: UUID, method: str) -> Order:
        """Settle how a held order is paid, which confirms it."""
        return await self._client.post(
            f"/v1/orders/{order_id}/payments",
            Order,
            json={"method": method},
            token=viewer.access_token,
        )

    async def cancel(self, viewer: Viewer, order_id: UUID) -> Order:
        """Cancel one's own order whole; again is no harm."""
        return await self._client.post(
            f"/v1/orders/{order_id}/cancellations", Order, json={}, token=viewer.access_token
        )

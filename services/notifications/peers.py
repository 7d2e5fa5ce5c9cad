"""What notifications asks of the other services, and the parts of their answers that it needs.

Answers are read tolerantly: what is new in them does not disturb.
"""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.contracts.terms import OfferingKind, TicketType
from shared.core.localized import Language, LocalizedText
from shared.core.money import Fen
from shared.http.client import ServiceClient

SECONDS: Final = 3.0


class Answer(BaseModel):
    """The part of an answer that we read."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Contact(Answer):
    """How a person can be reached, and in which language."""

    name: str | None
    email: str | None
    phone: str | None
    language: Language


class Line(Answer):
    """One line of an order."""

    line_id: UUID
    kind: OfferingKind
    name: LocalizedText
    venue_name: LocalizedText
    village_name: LocalizedText
    address: LocalizedText
    day: date
    nights: int
    starts_at: datetime
    ends_at: datetime
    tickets: dict[TicketType, int]
    persons: int
    units: int
    price_fen: Fen


class Order(Answer):
    """An order as it is at this moment, which may be later than the event that we tell of."""

    order_id: UUID
    code: str
    state: Literal["held", "confirmed", "completed", "cancelled", "expired", "no_show"]
    total_fen: Fen
    payment_method: Literal["free", "on_site"] | None
    contact_name: str
    lines: list[Line]


class Ticket(Answer):
    """One ticket; `code` is what its QR says, `admits` how many people it lets in."""

    line_id: UUID
    ordinal: int
    code: str
    admits: int
    state: Literal["valid", "used", "cancelled"]


class TicketList(Answer):
    """All tickets of an order."""

    items: list[Ticket]


class Peers:
    """The services that are asked; every call raises ProblemAnswer or Unavailable."""

    def __init__(self, accounts: ServiceClient, bookings: ServiceClient) -> None:
        self._accounts = accounts
        self._bookings = bookings

    async def contact(self, account_id: UUID, reason: str) -> Contact:
        """Return how to reach a person; accounts records the reading with its reason."""
        return await self._accounts.get(
            f"/v1/accounts/{account_id}/contact",
            Contact,
            headers={"X-Read-Reason": reason},
            seconds=SECONDS,
        )

    async def order(self, order_id: UUID) -> Order:
        """Return an order with its lines."""
        return await self._bookings.get(f"/v1/orders/{order_id}", Order, seconds=SECONDS)

    async def tickets(self, order_id: UUID) -> list[Ticket]:
        """Return the tickets of an order."""
        path = f"/v1/orders/{order_id}/tickets"
        return (await self._bookings.get(path, TicketList, seconds=SECONDS)).items

    async def calendar(self, order_id: UUID, language: Language) -> bytes:
        """Return an order as an iCalendar file."""
        answer = await self._bookings.exchange(
            "GET",
            f"/v1/orders/{order_id}/tickets.ics",
            params={"language": language},
            headers={"Accept": "text/calendar"},
            seconds=SECONDS,
        )
        return answer.body

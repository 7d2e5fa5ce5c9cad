"""What notifications asks of the other services, and the parts of their answers that it needs.

Answers are read tolerantly: what is new in them does not disturb.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.terms import OfferingKind, TicketType
from shared.core.errors import Unavailable
from shared.core.localized import Language, LocalizedText
from shared.core.money import Fen
from shared.http.client import ProblemAnswer, ServiceClient

SECONDS: Final = 3.0
NOT_FOUND: Final = 404

RefundCause = Literal[
    "visitor",
    "operator",
    "disaster",
    "changed",
    "too_late",
    "paid_twice",
    "wrong_amount",
    "closed",
]


class Answer(BaseModel):
    """The part of an answer that we read."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Contact(Answer):
    """How a person can be reached, and in which language."""

    name: str | None
    email: str | None
    phone: str | None
    language: Language


class MemberContact(Answer):
    """How one of the people who run an organisation can be reached, and in which language."""

    account_id: UUID
    email: str | None
    phone: str | None
    language: Language


class MemberContactList(Answer):
    """Everybody who runs an organisation."""

    items: list[MemberContact]


class Line(Answer):
    """One line of an order; `options` says which pitches or tables, and how many of each."""

    line_id: UUID
    offering_id: UUID
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
    options: dict[str, int] = Field(default_factory=dict)
    price_fen: Fen
    left_as: str | None = None
    replaces_line_id: UUID | None = None
    held_until: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether it is part of its order: it has not left, nor waits for a payment to come in."""
        return self.left_as is None and self.held_until is None


class Order(Answer):
    """An order as it is at this moment, which may be later than the event that we tell of."""

    order_id: UUID
    code: str
    state: Literal["held", "confirmed", "completed", "cancelled", "expired", "no_show"]
    total_fen: Fen
    accepted_payment: Literal["free", "on_site", "online"]
    payment_method: str | None
    hold_expires_at: datetime | None = None
    contact_name: str
    lines: list[Line]

    @property
    def standing(self) -> list[Line]:
        """The lines that are part of it; of an order that is over, those that it had then."""
        return [line for line in self.lines if line.stands]

    @property
    def paid_in_advance(self) -> bool:
        """Whether its money came before its visitor."""
        return self.payment_method not in (None, "free", "on_site")

    def line(self, line_id: UUID | None) -> Line | None:
        """Return a line, whether it stands or left."""
        return next((line for line in self.lines if line.line_id == line_id), None)


class MetLine(Line):
    """A line that a closure meets: called off, or begun already.

    `percent` is null where nothing had been paid in advance.
    """

    outcome: Literal["cancelled", "begun"]
    percent: int | None
    refund_fen: Fen


class ClosureNotice(Answer):
    """What a closure meets of one person's, and why it is."""

    ordered_by: Literal["operator", "office"]
    reason: LocalizedText
    lines: list[MetLine]


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


class Cancellation(Answer):
    """A line that was cancelled; `percent` is null where nothing had been paid in advance."""

    line_id: UUID
    cause: Literal["visitor", "operator", "disaster"]
    reason: str | None
    percent: int | None
    refund_fen: Fen
    fee_fen: Fen


class CancellationList(Answer):
    """All cancelled lines of an order, the first to be cancelled first."""

    items: list[Cancellation]


class Refund(Answer):
    """Money that goes back; with `line_id` it is for one line."""

    refund_id: UUID
    line_id: UUID | None
    cause: RefundCause
    amount_fen: Fen


class Payment(Answer):
    """A payment with its refunds."""

    refunds: list[Refund]


class PaymentList(Answer):
    """All payments of an order."""

    items: list[Payment]


class Option(Answer):
    """A sort of pitch or table."""

    code: str
    name: LocalizedText


class Terms(Answer):
    """The terms of an offering, as far as letters speak of them."""

    options: list[Option] = Field(default_factory=list)


class Offering(Answer):
    """An offering."""

    terms: Terms = Terms()


class Peers:
    """The services that are asked; every call raises ProblemAnswer or Unavailable."""

    def __init__(
        self, accounts: ServiceClient, bookings: ServiceClient, venues: ServiceClient
    ) -> None:
        self._accounts = accounts
        self._bookings = bookings
        self._venues = venues

    async def contact(self, account_id: UUID, reason: str) -> Contact:
        """Return how to reach a person; accounts records the reading with its reason."""
        return await self._accounts.get(
            f"/v1/accounts/{account_id}/contact",
            Contact,
            headers={"X-Read-Reason": reason},
            seconds=SECONDS,
        )

    async def organisation_contacts(
        self, organisation_id: UUID, venue_id: UUID, reason: str
    ) -> list[MemberContact]:
        """Return how to reach who runs an organisation's venue; accounts records the reading."""
        answer = await self._accounts.get(
            f"/v1/organisations/{organisation_id}/contacts",
            MemberContactList,
            params={"venue_id": str(venue_id)},
            headers={"X-Read-Reason": reason},
            seconds=SECONDS,
        )
        return answer.items

    async def order(self, order_id: UUID) -> Order:
        """Return an order with its lines."""
        return await self._bookings.get(f"/v1/orders/{order_id}", Order, seconds=SECONDS)

    async def closure_notice(self, closure_id: UUID, account_id: UUID) -> ClosureNotice:
        """Return what a closure meets of a person's orders."""
        path = f"/v1/closures/{closure_id}/notices/{account_id}"
        return await self._bookings.get(path, ClosureNotice, seconds=SECONDS)

    async def tickets(self, order_id: UUID) -> list[Ticket]:
        """Return the tickets of an order."""
        path = f"/v1/orders/{order_id}/tickets"
        return (await self._bookings.get(path, TicketList, seconds=SECONDS)).items

    async def calendar(self, order_id: UUID, language: Language) -> bytes | None:
        """Return an order as an iCalendar file; None where nothing of it stands any more."""
        try:
            answer = await self._bookings.exchange(
                "GET",
                f"/v1/orders/{order_id}/tickets.ics",
                params={"language": language},
                headers={"Accept": "text/calendar"},
                seconds=SECONDS,
            )
        except ProblemAnswer as problem:
            if problem.status != NOT_FOUND:
                raise
            return None
        return answer.body

    async def cancellations(self, order_id: UUID) -> list[Cancellation]:
        """Return what of an order was cancelled, why, and what comes back for it."""
        path = f"/v1/orders/{order_id}/cancellations"
        return (await self._bookings.get(path, CancellationList, seconds=SECONDS)).items

    async def refunds(self, order_id: UUID) -> list[Refund]:
        """Return all money that went back to the visitor of an order, or is on its way."""
        path = f"/v1/orders/{order_id}/payments"
        payments = (await self._bookings.get(path, PaymentList, seconds=SECONDS)).items
        return [refund for payment in payments for refund in payment.refunds]

    async def option_names(self, offering_id: UUID) -> Mapping[str, LocalizedText]:
        """Return what the pitches or tables of an offering are called, by their codes.

        Nothing where venues can't say: a letter that does not name the table is better than none.
        """
        path = f"/v1/offerings/{offering_id}"
        try:
            offering = await self._venues.get(path, Offering, seconds=SECONDS)
        except (ProblemAnswer, Unavailable):
            return {}
        return {option.code: option.name for option in offering.terms.options}

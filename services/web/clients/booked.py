"""What bookings answers: room, quotes, orders, tickets, cancelling, changes."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.web.clients.payments import Payment
from services.web.clients.seen import Seen, Words
from services.web.clients.terms import Refunds


class Slot(Seen):
    """A bookable time.

    `left` counts pitches of a stay, tables, and people of all else; `options` the same of each
    type of pitch. `fits` tells whether the whole party has room.
    """

    offering_id: UUID
    slot_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    left: int
    options: dict[str, int] = Field(default_factory=dict)
    fits: bool


class Availability(Seen):
    """Bookable times in order."""

    items: tuple[Slot, ...] = ()


class PriceStep(Seen):
    """One step of how a price comes about; below zero for a discount."""

    kind: str
    ticket_type: str | None = None
    day: date | None = None
    day_type: str | None = None
    quantity: int = 1
    unit_fen: int = 0
    amount_fen: int = 0


class QuotedLine(Seen):
    """What one line costs, and under which terms it could be cancelled."""

    starts_at: datetime
    ends_at: datetime
    units: int
    price_fen: int
    breakdown: tuple[PriceStep, ...] = ()
    refunds: Refunds = Refunds()


class Quote(Seen):
    """What an order will cost if it is placed until `expires_at`."""

    quote_id: str
    expires_at: datetime
    total_fen: int
    payment: str
    lines: tuple[QuotedLine, ...] = ()

    @property
    def has_no_refund(self) -> bool:
        """Whether something of it can't be refunded."""
        return any(line.refunds.non_refundable for line in self.lines)


class OrderLine(Seen):
    """One line of an order; `left_as` tells that it left, `replaces_line_id` for what it came."""

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
    options: dict[str, int] = Field(default_factory=dict)
    price_fen: int
    breakdown: tuple[PriceStep, ...] = ()
    state: str = "kept"
    left_as: str | None = None
    replaces_line_id: UUID | None = None
    held_until: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether the visitor can still come for it."""
        return self.left_as is None and self.state != "released"


class Order(Seen):
    """An order with its lines."""

    order_id: UUID
    code: str
    state: str
    total_fen: int
    accepted_payment: str = "on_site"
    payment_method: str | None = None
    paid_fen: int = 0
    refunded_fen: int = 0
    placed_at: datetime
    hold_expires_at: datetime | None = None
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    contact_name: str
    lines: tuple[OrderLine, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether the visitor can still come."""
        return self.state in {"held", "confirmed", "completed"}

    @property
    def standing(self) -> tuple[OrderLine, ...]:
        """The lines that count, by time: of an order that is over, those it had at its end."""
        lines = [line for line in self.lines if line.left_as is None] or list(self.lines)
        return tuple(sorted(lines, key=lambda line: line.starts_at))

    @property
    def left(self) -> tuple[OrderLine, ...]:
        """The lines that left an order that went on without them."""
        gone = [line for line in self.lines if line not in self.standing]
        return tuple(sorted(gone, key=lambda line: line.starts_at))

    @property
    def starts_at(self) -> datetime:
        """When its first line begins."""
        return min((line.starts_at for line in self.standing), default=self.placed_at)

    @property
    def ends_at(self) -> datetime:
        """When its last line ends."""
        return max((line.ends_at for line in self.standing), default=self.placed_at)

    def line(self, line_id: UUID) -> OrderLine | None:
        """Return the line with this id."""
        return next((line for line in self.lines if line.line_id == line_id), None)


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


class FoundOrder(Seen):
    """An order that was looked up by its code."""

    order: Order
    tickets: tuple[Ticket, ...] = ()


class PaidOrder(Order):
    """An order, and the payment that was begun for it."""

    payment: Payment | None = None


class RefundStep(Seen):
    """What comes back and what is kept; without a percentage nothing was paid in advance."""

    percent: int | None = None
    refund_fen: int = 0
    fee_fen: int = 0


class LineRefund(RefundStep):
    """What comes back of a line until `holds_until`, and `later` after that."""

    line_id: UUID
    holds_until: datetime
    later: RefundStep | None = None


class CancellationPreview(Seen):
    """What cancelling now would do, and until when that holds."""

    lines: tuple[LineRefund, ...] = ()
    whole: bool = True
    refund_fen: int = 0
    fee_fen: int = 0
    holds_until: datetime | None = None


class ChangedLine(Seen):
    """What a line would be."""

    day: date
    nights: int = 0
    starts_at: datetime
    ends_at: datetime
    tickets: Mapping[str, int] = Field(default_factory=dict)
    units: int = 1
    options: dict[str, int] = Field(default_factory=dict)
    price_fen: int
    breakdown: tuple[PriceStep, ...] = ()


class ChangePreview(Seen):
    """What a change would cost."""

    earlier_price_fen: int
    price_fen: int
    difference_fen: int
    due_fen: int = 0
    refund_fen: int = 0
    fee_fen: int = 0
    line: ChangedLine
    refunds: Refunds = Refunds()


class MadeChange(Seen):
    """A change; while `pay_until` is given, it waits for its payment."""

    line_id: UUID
    due_fen: int = 0
    pay_until: datetime | None = None

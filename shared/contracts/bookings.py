"""What the bookings service tells the others: orders, money, arrivals, capacity, waiting."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.event import Event
from shared.contracts.terms import OfferingKind
from shared.core.money import Fen

Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
CapacityLevel = Literal["open", "warn", "steer", "full", "over"]
PoolScope = Literal["slot", "venue_day", "village_day", "district_day"]
OnlineMethod = Literal["sandbox", "wechatpay", "alipay"]


class BookedLine(BaseModel):
    """One line of an order: who comes where, when, and for how much."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line_id: UUID
    offering_id: UUID
    venue_id: UUID
    village_id: UUID
    kind: OfferingKind
    day: date
    nights: Count
    starts_at: datetime
    persons: Count
    units: Count
    price_fen: Fen


class OrderHeld(Event):
    """An order keeps its places until it is paid for, or until its hold expires."""

    event_type: ClassVar[str] = "order.held.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    account_id: UUID
    hold_expires_at: datetime


class OrderConfirmed(Event):
    """An order stands: its places are sold."""

    event_type: ClassVar[str] = "order.confirmed.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    account_id: UUID
    total_fen: Fen
    confirmed_at: datetime
    lines: tuple[BookedLine, ...]


class OrderCancelled(Event):
    """An order was cancelled whole; its places are free again."""

    event_type: ClassVar[str] = "order.cancelled.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    account_id: UUID
    cancelled_at: datetime
    was_confirmed: bool
    cancelled_by: Literal["visitor", "operator", "office"]
    refund_fen: Fen = 0
    # The closure that called it off; its people are told of that as a whole.
    closure_id: UUID | None = None


class OrderExpired(Event):
    """A hold ran out before it was paid for; its places are free again."""

    event_type: ClassVar[str] = "order.expired.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    account_id: UUID


class LineCancelled(Event):
    """One line of an order was cancelled; the others stand."""

    event_type: ClassVar[str] = "order.line_cancelled.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    account_id: UUID
    line_id: UUID
    cancelled_at: datetime
    cancelled_by: Literal["visitor", "operator", "office"]
    refund_fen: Fen
    # As of an order that was cancelled.
    closure_id: UUID | None = None


class LineChanged(Event):
    """A line was changed to another date or party: another line stands in its place."""

    event_type: ClassVar[str] = "order.line_changed.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    account_id: UUID
    replaced_line_id: UUID
    line: BookedLine
    changed_at: datetime


class OrderCompleted(Event):
    """The last line of an order is over, and somebody of it came."""

    event_type: ClassVar[str] = "order.completed.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    account_id: UUID


class OrderNotShown(Event):
    """The last line of an order is over, and nobody of it came."""

    event_type: ClassVar[str] = "order.no_show.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    account_id: UUID


class PaymentCaptured(Event):
    """Money for an order reached the operators' accounts at a payment provider."""

    event_type: ClassVar[str] = "payment.captured.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    payment_id: UUID
    method: OnlineMethod
    amount_fen: Fen
    paid_at: datetime


class PaymentRefunded(Event):
    """A payment provider has sent money back; the request for it came earlier."""

    event_type: ClassVar[str] = "payment.refunded.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    account_id: UUID
    payment_id: UUID
    refund_id: UUID
    amount_fen: Fen
    refunded_at: datetime


class TicketCheckedIn(Event):
    """The holders of one ticket came through the gate."""

    event_type: ClassVar[str] = "ticket.checked_in.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    line_id: UUID
    ordinal: Annotated[int, Field(strict=True, ge=1)]
    persons: Count
    checked_in_at: datetime


class TicketCheckInUndone(Event):
    """A check-in was a mistake of the gate and was taken back within ten minutes."""

    event_type: ClassVar[str] = "ticket.check_in_undone.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    line_id: UUID
    ordinal: Annotated[int, Field(strict=True, ge=1)]
    persons: Count


class TicketConflictFound(Event):
    """A ticket that was used already was shown again, at another gate or without a network."""

    event_type: ClassVar[str] = "ticket.conflict_found.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    line_id: UUID
    ordinal: Annotated[int, Field(strict=True, ge=1)]
    scan_id: UUID
    scanned_at: datetime


class CapacityLevelChanged(Event):
    """A pool crossed one of its thresholds, in either direction.

    `warn` from 80 %, `steer` from 90 %, `full` at 100 %, `over` where the limit was lowered below
    what had been taken: nothing is sold then, and nobody is thrown out.
    """

    event_type: ClassVar[str] = "capacity.level_changed.v1"
    topic: ClassVar[str] = "bookings.capacity"

    pool_id: UUID
    scope: PoolScope
    subject_id: UUID
    option: str
    day: date
    capacity: Count
    taken: Count
    earlier_level: CapacityLevel
    level: CapacityLevel


class PlacesChanged(Event):
    """How many places a pool has left for everybody, told at most about once a second.

    `left` is never below 0, and without what is kept for the waiting list. A pool that nobody was
    told of has the capacity that was published of it. It is an advice to readers: what can be
    booked is decided when it is booked.
    """

    event_type: ClassVar[str] = "places.changed.v1"
    topic: ClassVar[str] = "bookings.places"

    pool_id: UUID
    scope: PoolScope
    subject_id: UUID
    option: str
    day: date
    capacity: Count
    left: Count


class WaitlistOffered(Event):
    """Places are held for a party that waited for them, until `offer_expires_at`."""

    event_type: ClassVar[str] = "waitlist.offered.v1"
    topic: ClassVar[str] = "bookings.waitlist"

    entry_id: UUID
    account_id: UUID
    order_id: UUID
    offer_expires_at: datetime


class WaitlistEnded(Event):
    """A party waits no longer.

    It has `taken` an offer, `refused` one or let one go by (`lapsed`) and did not want to wait on,
    has `withdrawn`, or all that it waited for is over (`too_late`).
    """

    event_type: ClassVar[str] = "waitlist.ended.v1"
    topic: ClassVar[str] = "bookings.waitlist"

    entry_id: UUID
    account_id: UUID
    outcome: Literal["taken", "withdrawn", "refused", "lapsed", "too_late"]


class PastVisitRecorded(Event):
    """A visit from before the platform, taken over from an earlier list."""

    event_type: ClassVar[str] = "past_visit.recorded.v1"
    topic: ClassVar[str] = "bookings.past-visit"

    visit_id: UUID
    offering_id: UUID
    venue_id: UUID
    village_id: UUID
    kind: OfferingKind
    day: date
    persons: Count
    arrived: Count


class PersonAffectedByClosure(Event):
    """A closure meets orders of an account: what was called off, and what had begun already.

    Told once for each closure and account, when nothing of theirs waits to be called off any more.
    """

    event_type: ClassVar[str] = "closure.person_affected.v1"
    topic: ClassVar[str] = "bookings.closure-notice"

    notice_id: UUID
    closure_id: UUID
    account_id: UUID
    # The first of their orders that it meets.
    order_id: UUID
    cancelled_lines: Count
    begun_lines: Count
    refund_fen: Fen

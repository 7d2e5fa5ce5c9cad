"""What the bookings service tells the others: orders and the people who arrive."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.event import Event
from shared.contracts.venues import OfferingKind
from shared.core.money import Fen

Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


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
    cancelled_by: Literal["visitor", "office"]


class OrderExpired(Event):
    """A hold ran out before it was paid for; its places are free again."""

    event_type: ClassVar[str] = "order.expired.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    account_id: UUID


class TicketCheckedIn(Event):
    """The holders of one ticket came through the gate."""

    event_type: ClassVar[str] = "ticket.checked_in.v1"
    topic: ClassVar[str] = "bookings.order"

    order_id: UUID
    line_id: UUID
    ordinal: Annotated[int, Field(strict=True, ge=1)]
    persons: Count
    checked_in_at: datetime


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

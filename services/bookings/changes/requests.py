"""How changes come in and what they cost, for the routes that preview and make them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.changes.planning import PlannedChange, WantedChange
from services.bookings.domain.party import MOST_NIGHTS, MOST_PERSONS_EVER, TicketType, persons_in
from services.bookings.domain.price import BreakdownItem
from services.bookings.errors import DifferenceChanged, NoRefundNotAccepted
from services.bookings.line_requests import Tickets
from shared.contracts.terms import DayType, OptionCode
from shared.core.money import MOST_FEN, Fen
from shared.http.models import Body, Day, Instant, Reply


class ChangeRequest(Body):
    """What is to be different about a line; what is left out stays as it is.

    Another time as `starts_at`, or `date` and `nights`; another party as `tickets`; another type
    of pitch as `option`.
    """

    line_id: UUID
    starts_at: Instant | None = None
    first_day: Day | None = Field(None, alias="date")
    nights: Annotated[int, Field(ge=1, le=MOST_NIGHTS)] | None = None
    option: OptionCode | None = None
    tickets: Tickets | None = None

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> "ChangeRequest":
        if self.starts_at is not None and (self.first_day is not None or self.nights is not None):
            raise PydanticCustomError("line_time", "Give starts_at, or date (and nights)")
        if self.tickets is not None and persons_in(self.tickets) > MOST_PERSONS_EVER:
            raise PydanticCustomError("party_too_large", "The party is too large")
        return self

    def wanted(self) -> WantedChange:
        """Return the change as it is planned."""
        return WantedChange(
            self.line_id,
            self.starts_at,
            self.first_day,
            self.nights,
            self.option,
            self.tickets,
        )


class ChangeCost(Reply):
    """What a change costs.

    `difference_fen` is what the visitor pays more, below zero what they get back. Where the order
    was paid in advance, `due_fen` is paid before the change stands, `refund_fen` comes back, and
    `fee_fen` is what the operator keeps of what the new line costs less.
    """

    earlier_price_fen: Fen
    price_fen: Fen
    difference_fen: Annotated[int, Field(ge=-MOST_FEN, le=MOST_FEN)]
    due_fen: Fen
    refund_fen: Fen
    fee_fen: Fen


class ChangedLineView(Reply):
    """What the line would be."""

    day: date
    day_type: DayType
    nights: int
    starts_at: datetime
    ends_at: datetime
    tickets: dict[TicketType, int]
    persons: int
    units: int
    options: dict[str, int]
    price_fen: Fen
    breakdown: list[BreakdownItem]


def cost_of(planned: PlannedChange) -> ChangeCost:
    """Return what a planned change costs."""
    price = planned.price
    return ChangeCost(
        earlier_price_fen=price.earlier_fen,
        price_fen=price.price_fen,
        difference_fen=price.difference_fen,
        due_fen=price.due_fen,
        refund_fen=price.refund_fen,
        fee_fen=price.fee_fen,
    )


def check_consent(
    planned: PlannedChange, expected_difference_fen: int | None, *, accepts_no_refund: bool
) -> None:
    """Raise DifferenceChanged or NoRefundNotAccepted where the visitor has not seen all of it."""
    difference = planned.price.difference_fen
    if expected_difference_fen not in (None, difference):
        raise DifferenceChanged(difference_fen=difference)
    if planned.plan.offered.terms.refunds.non_refundable and not accepts_no_refund:
        raise NoRefundNotAccepted

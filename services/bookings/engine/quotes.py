"""Quotes: what a visitor was shown is what they pay, for some minutes (docs/domain.md rule 5).

A quote is kept by whoever asked for it, sealed by us: it can't be read, changed or made up.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from services.bookings.domain.lines import PlannedLine, WantedLine
from services.bookings.domain.party import TicketType
from services.bookings.domain.price import BreakdownItem
from services.bookings.engine.placing import DraftLine
from services.bookings.errors import QuoteExpired, QuoteNotValid
from shared.contracts.terms import PaymentPolicy
from shared.core.sealing import SealBrokenError, Sealer

PURPOSE: Final = "order.quote"
VALID_FOR: Final = timedelta(minutes=15)
# Twenty lines of a stay of thirty nights each, with room to spare.
LONGEST: Final = 200_000


class QuotedLine(BaseModel):
    """A line as it was asked for, with the edition and the price that were shown."""

    model_config = ConfigDict(frozen=True)

    offering_id: UUID
    starts_at: datetime | None
    first_day: date | None
    nights: int | None
    option: str | None
    tickets: dict[TicketType, int]
    edition: int
    payment: PaymentPolicy
    non_refundable: bool
    price_fen: int
    breakdown: list[BreakdownItem]

    def wanted(self) -> WantedLine:
        """Return the line as the rules want it."""
        return WantedLine(
            self.offering_id,
            self.starts_at,
            self.first_day,
            self.nights,
            self.option,
            self.tickets,
        )


class Quote(BaseModel):
    """An offer of ours. With an `account_id` it is for that account only."""

    model_config = ConfigDict(frozen=True)

    account_id: UUID | None
    expires_at: datetime
    lines: list[QuotedLine]


def quote_of(
    account_id: UUID | None,
    now: datetime,
    wanted: Sequence[WantedLine],
    planned: Sequence[PlannedLine],
) -> Quote:
    """Return the quote for planned lines, valid from now on."""
    return Quote(
        account_id=account_id,
        expires_at=now + VALID_FOR,
        lines=[_quoted(line, plan) for line, plan in zip(wanted, planned, strict=True)],
    )


def seal_quote(quote: Quote, sealer: Sealer) -> str:
    """Return the quote's id: the quote itself, sealed."""
    sealed = sealer.seal(quote.model_dump_json(), PURPOSE)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_quote(quote_id: str, sealer: Sealer, account_id: UUID, now: datetime) -> Quote:
    """Return the quote for its account. Raises QuoteNotValid and QuoteExpired."""
    try:
        sealed = base64.urlsafe_b64decode(quote_id + "=" * (-len(quote_id) % 4))
        quote = Quote.model_validate_json(sealer.open(sealed, PURPOSE))
    except (SealBrokenError, ValidationError, binascii.Error, ValueError) as error:
        raise QuoteNotValid from error
    if quote.account_id not in (None, account_id):
        raise QuoteNotValid
    if quote.expires_at <= now:
        raise QuoteExpired
    return quote


def at_quoted_price(line: DraftLine, quoted: QuotedLine) -> DraftLine:
    """Return a line under the edition and at the price that its visitor was shown."""
    return replace(
        line,
        edition=quoted.edition,
        payment=quoted.payment,
        non_refundable=quoted.non_refundable,
        price_fen=quoted.price_fen,
        breakdown=quoted.breakdown,
    )


def _quoted(wanted: WantedLine, plan: PlannedLine) -> QuotedLine:
    return QuotedLine(
        offering_id=wanted.offering_id,
        starts_at=wanted.starts_at,
        first_day=wanted.first_day,
        nights=wanted.nights,
        option=wanted.option,
        tickets=dict(wanted.tickets),
        edition=plan.offered.version,
        payment=plan.offered.payment,
        non_refundable=plan.offered.terms.refunds.non_refundable,
        price_fen=plan.price_fen,
        breakdown=list(plan.breakdown),
    )

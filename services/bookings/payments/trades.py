"""How a bill of several operators becomes trades at a gateway, one each, and one state again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.bookings.payments.provider import (
    Bill,
    PaidPart,
    Part,
    PaymentState,
    PaymentStatus,
    id_of,
)

_SUFFIX_LENGTH: Final = 2


@dataclass(frozen=True, slots=True)
class Trade:
    """What one operator is paid, under a number of its own at the gateway."""

    number: str
    part: Part


@dataclass(frozen=True, slots=True)
class TradeStatus:
    """How one trade stands at the gateway; what it doesn't say is None."""

    state: PaymentState
    merchant: str | None = None
    amount_fen: int | None = None
    paid_at: datetime | None = None
    reference: str | None = None


def trades_of(bill: Bill) -> tuple[Trade, ...]:
    """Return the trades of a bill: the bill's own number, or one number a part behind it.

    The order is that of the organisations' ids, so that it is the same whenever it is asked.
    """
    if len(bill.parts) == 1:
        return (Trade(bill.number, bill.parts[0]),)
    parts = sorted(bill.parts, key=lambda part: part.organisation_id)
    return tuple(
        Trade(f"{bill.number}{ordinal:0{_SUFFIX_LENGTH}}", part)
        for ordinal, part in enumerate(parts, start=1)
    )


def trade_of(bill: Bill, organisation_id: UUID) -> Trade:
    """Return the trade by which an organisation was paid."""
    return next(trade for trade in trades_of(bill) if trade.part.organisation_id == organisation_id)


def bill_number(trade_number: str) -> tuple[str, bool]:
    """Return the number of a trade's bill, and whether the trade is all of it.

    Raises `ValueError` where the number is none of ours.
    """
    try:
        id_of(trade_number)
    except ValueError:
        number, ordinal = trade_number[:-_SUFFIX_LENGTH], trade_number[-_SUFFIX_LENGTH:]
        if not (ordinal.isascii() and ordinal.isdigit()):
            raise
        id_of(number)
        return number, False
    return trade_number, True


def merged(number: str, trades: Sequence[TradeStatus]) -> PaymentStatus:
    """Return the state of a bill by those of its trades: one state, or `unknown` where they differ.

    Gateways take the trades of one bill together or not at all, so a difference passes.
    """
    states = {trade.state for trade in trades}
    if len(states) != 1:
        return PaymentStatus(number, "unknown")
    (state,) = states
    if state != "paid":
        return PaymentStatus(number, state)
    parts: list[PaidPart] = []
    times: list[datetime] = []
    for trade in trades:
        if trade.merchant is None or trade.amount_fen is None or trade.paid_at is None:
            return PaymentStatus(number, "unknown")
        parts.append(PaidPart(trade.merchant, trade.amount_fen, trade.reference))
        times.append(trade.paid_at)
    return PaymentStatus(
        number,
        "paid",
        amount_fen=sum(part.amount_fen for part in parts),
        paid_at=max(times),
        reference=parts[0].reference,
        parts=tuple(parts),
    )

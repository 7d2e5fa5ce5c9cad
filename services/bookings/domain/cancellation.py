"""What leaving an order brings back for one line, now and after the next deadline.

A preview and a cancellation both ask `refund_of`, so what was shown is what is done for as long
as `holds_until` has not passed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.bookings.domain.price import percent_of
from services.bookings.domain.refund_tiers import Cause, next_step
from shared.contracts.terms import DayType, RefundTerms, RefundTier

WHOLE: Final = 100
# The methods by which money comes before its visitor.
IN_ADVANCE: Final = frozenset({"sandbox", "wechatpay", "alipay"})
# The database's clock ticks in microseconds.
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SoldLine:
    """What decides about a line's refund.

    `most_percent` is what was left of the refund of a line that this one replaced. `day_type` is
    None for lines from before days had types: none of them was paid in advance.
    """

    price_fen: int
    starts_at: datetime
    day_type: DayType | None
    refunds: RefundTerms
    most_percent: int = WHOLE


@dataclass(frozen=True, slots=True)
class Step:
    """What comes back of a line, and what the operator keeps, in fen; they sum to its price.

    Where nothing was paid in advance, there is no percentage, and both are 0.
    """

    percent: int | None
    refund_fen: int
    fee_fen: int


@dataclass(frozen=True, slots=True)
class LineRefund:
    """What comes back now, until when that holds, and what comes back later.

    `later` is None where the line can't be cancelled any more after `holds_until`.
    """

    now: Step
    holds_until: datetime
    later: Step | None


NOTHING_PAID: Final = Step(None, 0, 0)


def refund_of(line: SoldLine, *, now: datetime, cause: Cause, in_advance: bool) -> LineRefund:
    """Return what comes back for a line that is cancelled now, before it begins.

    `in_advance` tells whether it was paid for in advance; else there is nothing to pay back, and
    nothing is kept (docs/domain.md rule 6).
    """
    if not in_advance:
        return LineRefund(NOTHING_PAID, line.starts_at, None)
    percent, deadline = _step(line, now, cause)
    if deadline is None or deadline >= line.starts_at:
        return LineRefund(_shared_out(line, percent), line.starts_at, None)
    later, _ = _step(line, deadline + _TICK, cause)
    return LineRefund(_shared_out(line, percent), deadline, _shared_out(line, later))


def percent_now(line: SoldLine, now: datetime) -> int:
    """Return how much of its price comes back for a line that its visitor gives up now."""
    return _step(line, now, "visitor")[0]


def _step(line: SoldLine, now: datetime, cause: Cause) -> tuple[int, datetime | None]:
    return next_step(
        _capped(line.refunds, line.most_percent),
        starts_at=line.starts_at,
        now=now,
        day_type=line.day_type or "workday",
        cause=cause,
    )


def _capped(terms: RefundTerms, most: int) -> RefundTerms:
    """Return terms that give no more than `most` percent, and what they give, as long as before."""
    if most == WHOLE:
        return terms
    return terms.model_copy(
        update={
            "ordinary": _capped_tiers(terms.ordinary, most),
            "holiday": _capped_tiers(terms.holiday, most),
        }
    )


def _capped_tiers(tiers: tuple[RefundTier, ...], most: int) -> tuple[RefundTier, ...]:
    # Without tiers everything comes back until the line begins.
    tiers = tiers or (RefundTier(hours_before=0, percent=WHOLE),)
    return tuple(
        RefundTier(hours_before=tier.hours_before, percent=min(tier.percent, most))
        for tier in tiers
    )


def _shared_out(line: SoldLine, percent: int) -> Step:
    refund_fen = percent_of(line.price_fen, percent)
    return Step(percent, refund_fen, line.price_fen - refund_fen)

"""What comes back when a line is cancelled (docs/domain.md rule 6).

The rules are the offering's, as they stood when the line was sold. A preview and what is done
ask here, with the same instant, and so can't differ.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

from services.bookings.domain.price import percent_of
from shared.contracts.terms import DayType, RefundTerms, RefundTier

Cause = Literal["visitor", "operator", "disaster"]

_WHOLE: Final = 100
_NO_TIERS: Final = (RefundTier(hours_before=0, percent=_WHOLE),)


def refund_fen(
    price_fen: int,
    terms: RefundTerms,
    *,
    starts_at: datetime,
    now: datetime,
    day_type: DayType,
    cause: Cause,
) -> int:
    """Return how much of a line's price comes back, in fen, rounded half up."""
    percent = refund_percent(terms, starts_at=starts_at, now=now, day_type=day_type, cause=cause)
    return percent_of(price_fen, percent)


def refund_percent(
    terms: RefundTerms, *, starts_at: datetime, now: datetime, day_type: DayType, cause: Cause
) -> int:
    """Return how much of its price comes back for a line that is cancelled now, in percent.

    `day_type` is that of the line's first day. What the operator or a disaster cancels comes
    back whole.
    """
    percent, _ = next_step(terms, starts_at=starts_at, now=now, day_type=day_type, cause=cause)
    return percent


def next_step(
    terms: RefundTerms, *, starts_at: datetime, now: datetime, day_type: DayType, cause: Cause
) -> tuple[int, datetime | None]:
    """Return the percentage of now, and the last instant at which it is as much.

    None where it will never be less: it is nothing already, or it does not depend on time.
    """
    if cause != "visitor":
        return _WHOLE, None
    if terms.non_refundable:
        return 0, None
    tiers = terms.holiday if day_type == "holiday" else terms.ordinary
    met = [
        (tier.percent, deadline)
        for tier in tiers or _NO_TIERS
        if now <= (deadline := starts_at - timedelta(hours=tier.hours_before))
    ]
    # Tiers go from early to late and from more to less; equal ones are one.
    percent = met[0][0] if met else 0
    if percent == 0:
        return 0, None
    return percent, [deadline for as_much, deadline in met if as_much == percent][-1]

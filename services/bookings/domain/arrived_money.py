"""What becomes of money that arrived: it is honoured, or it goes back whole."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from services.bookings.domain.states import OrderState

# Why money that pays for nothing goes back.
Misfit = Literal["too_late", "paid_twice", "wrong_amount", "closed"]
# `if_places_left`: honoured where the places of the expired order are still there, else too late.
Verdict = Literal["honoured", "if_places_left"] | Misfit

# What was confirmed without this payment is paid for by another, or will be at the venue.
_BY_STATE: Final[Mapping[OrderState, Verdict]] = MappingProxyType(
    {
        "held": "honoured",
        "expired": "if_places_left",
        "confirmed": "paid_twice",
        "completed": "paid_twice",
        "no_show": "paid_twice",
        "cancelled": "too_late",
    }
)


def verdict_on(
    order_state: OrderState, *, is_exact: bool, is_its_price: bool, was_paid_before: bool
) -> Verdict:
    """Return what becomes of money for an order.

    `is_exact` is whether as much came as was asked for, `is_its_price` whether that is still what
    the order costs. The time of a hold does not count, only whether it was ended already.
    """
    if was_paid_before:
        return "paid_twice"
    verdict = _BY_STATE[order_state]
    if not is_exact or (verdict in ("honoured", "if_places_left") and not is_its_price):
        return "wrong_amount"
    return verdict


def verdict_on_change(
    due_fen: int | None, amount_fen: int, *, is_exact: bool, was_paid_before: bool
) -> Literal["honoured"] | Misfit:
    """Return what becomes of money for a changed line that costs `due_fen` more.

    None where the change does not wait any more; `amount_fen` is what was asked for.
    """
    if was_paid_before:
        return "paid_twice"
    if due_fen is None:
        return "too_late"
    return "honoured" if is_exact and amount_fen == due_fen else "wrong_amount"

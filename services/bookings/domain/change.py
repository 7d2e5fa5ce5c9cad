"""What changing a line to another date or party costs, and which places it needs.

Who changes a line pays what the new one costs more. What it costs less comes back as if that part
had been cancelled: whole in the line's 100 % tier, later by the tier of the moment; the rest is
kept by the operator. The new line brings back no larger share than was left of the old one's, so
that a late cancellation can't be made an early one by changing the date first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.bookings.domain.cancellation import WHOLE, SoldLine, percent_now
from services.bookings.domain.lines import Choice
from services.bookings.domain.price import percent_of

# Places by their pools.
Places = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class ChangePrice:
    """What a change costs, in fen; the price of the new line stays in the order.

    `due_fen` has to be paid before the change stands. `refund_fen` comes back, and `fee_fen` is
    kept of what the new line costs less. `most_percent` is the new line's, see `SoldLine`.
    """

    earlier_fen: int
    price_fen: int
    due_fen: int = 0
    refund_fen: int = 0
    fee_fen: int = 0
    most_percent: int = WHOLE

    @property
    def difference_fen(self) -> int:
        """What the visitor pays more, now or at the venue; below zero, what they get back."""
        return self.price_fen - self.earlier_fen + self.fee_fen


@dataclass(frozen=True, slots=True)
class Swap:
    """How the places of one line become those of another.

    `taken` are new, `given_back` are not needed any more, `shared` stay.
    """

    choice: Choice
    taken: Places
    given_back: Places
    shared: Places


@dataclass(frozen=True, slots=True)
class Short:
    """A pool with too few places: `left` is how many the line could have of it."""

    pool_id: int
    left: int


def price_change(
    earlier: SoldLine, price_fen: int, *, now: datetime, in_advance: bool
) -> ChangePrice:
    """Return what it costs to have another line for `price_fen` in place of the earlier one.

    `in_advance` tells whether the earlier one was paid for in advance; else nothing moves now.
    """
    if not in_advance:
        return ChangePrice(earlier.price_fen, price_fen)
    more = price_fen - earlier.price_fen
    percent = percent_now(earlier, now)
    refund_fen = percent_of(-more, percent) if more < 0 else 0
    return ChangePrice(
        earlier.price_fen,
        price_fen,
        due_fen=max(more, 0),
        refund_fen=refund_fen,
        fee_fen=max(-more, 0) - refund_fen,
        most_percent=percent,
    )


def swap(earlier: Places, choice: Choice) -> Swap:
    """Return what has to move so that a line has the places of a choice and no others."""
    wanted = {claim.pool_id: claim.quantity for claim in choice.claims}
    return Swap(
        choice,
        taken=_more(wanted, earlier),
        given_back=_more(earlier, wanted),
        shared={
            pool: min(quantity, earlier[pool])
            for pool, quantity in wanted.items()
            if pool in earlier
        },
    )


def pools_of(earlier: Places, choices: Iterable[Choice]) -> list[int]:
    """Return all pools that a change may touch, sorted."""
    return sorted({*earlier, *(claim.pool_id for choice in choices for claim in choice.claims)})


def find_swap(earlier: Places, choices: Sequence[Choice], room: Places) -> Swap | Short:
    """Return the first choice for which there is room beyond what the line has already.

    `room` is what is left of each pool. Where nothing fits, the last choice says what is short.
    """
    short = None
    for choice in choices:
        tried = swap(earlier, choice)
        short = next(
            (
                Short(pool, room[pool] + tried.shared.get(pool, 0))
                for pool, quantity in tried.taken.items()
                if room[pool] < quantity
            ),
            None,
        )
        if short is None:
            return tried
    if short is None:
        raise ValueError("a line has a choice at least")
    return short


def _more(these: Places, others: Places) -> dict[int, int]:
    return {
        pool: quantity - others.get(pool, 0)
        for pool, quantity in these.items()
        if quantity > others.get(pool, 0)
    }

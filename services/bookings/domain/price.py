"""What a line costs, in whole fen, and how that comes about.

Rounding: a percentage of an amount is rounded half up to whole fen (`percent_of`). A total that
has to be shared out, as a refund over operators or tickets, is shared by largest remainder, so
that the parts sum to the whole (`share`). Nothing else is ever rounded.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, Protocol

from services.bookings.domain.party import Kind, TicketType
from services.bookings.domain.refusals import TicketTypeUnpriced
from shared.contracts.terms import DayType, GroupStep

# The day types whose prices count on a day, the nearest first; None is any day's price.
_PRICED_AS: Final[Mapping[DayType, tuple[DayType | None, ...]]] = {
    "workday": ("workday", None),
    "weekend": ("weekend", None),
    "holiday": ("holiday", None),
    "make_up_workday": ("make_up_workday", "workday", None),
}


@dataclass(frozen=True, slots=True)
class BreakdownItem:
    """One step of a price: `quantity` times `unit_fen`; below zero for a discount.

    `pitch_nights` are the pitches of one night, `seating` is a table for a whole party.
    """

    kind: Literal["tickets", "pitch_nights", "seating", "group_discount"]
    ticket_type: TicketType | None
    day: date | None
    day_type: DayType | None
    quantity: int
    unit_fen: int
    amount_fen: int


class PricedDay(Protocol):
    """A day on which something is sold."""

    @property
    def day(self) -> date:
        """The day; of a night, its evening's."""
        ...

    @property
    def day_type(self) -> DayType:
        """What the day is by decree."""
        ...


class PriceList:
    """The prices of an offering.

    The most specific price counts: an option for more than a season, and a season for more than
    a day type. A make-up workday costs what a workday does unless it has a price of its own.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._fen: Final[dict[tuple[str, str | None, str | None, str | None], int]] = {
            (
                row["ticket_type"], row.get("option"), row.get("season"), row.get("day_type")
            ): row["fen"]
            for row in rows
        }  # fmt: skip

    def find(
        self,
        ticket_type: str,
        day_type: DayType,
        option: str | None = None,
        season: str | None = None,
    ) -> int | None:
        """Return the price in fen, or None where there is none."""
        for of_option in (None,) if option is None else (option, None):
            for of_season in (None,) if season is None else (season, None):
                for priced_as in _PRICED_AS[day_type]:
                    fen = self._fen.get((ticket_type, of_option, of_season, priced_as))
                    if fen is not None:
                        return fen
        return None

    def fen(
        self,
        ticket_type: str,
        day_type: DayType,
        option: str | None = None,
        season: str | None = None,
    ) -> int:
        """Return the price in fen. Raises TicketTypeUnpriced."""
        fen = self.find(ticket_type, day_type, option, season)
        if fen is None:
            raise TicketTypeUnpriced(ticket_type)
        return fen


# The season that a day lies in, as the offering's terms say.
SeasonOf = Callable[[date], str | None]


def _no_season(_day: date) -> None:
    return None


def price_line(
    kind: Kind,
    prices: PriceList,
    days: Sequence[PricedDay],
    tickets: Mapping[TicketType, int],
    *,
    units: int,
    option: str | None,
    season_of: SeasonOf = _no_season,
) -> list[BreakdownItem]:
    """Return how the price of a line comes about, before any discount.

    A stay costs its pitches night by night, whoever sleeps there; a table one seating where it is
    priced so that day; everything else its tickets on its first day. Each day costs what its own
    season does. Raises TicketTypeUnpriced.
    """

    def fen(ticket: str, on: PricedDay) -> int:
        return prices.fen(ticket, on.day_type, option, season_of(on.day))

    if kind == "stay":
        return [_item("pitch_nights", None, night, units, fen("pitch", night)) for night in days]
    first = days[0]
    if kind == "table":
        seating = prices.find("table", first.day_type, season=season_of(first.day))
        if seating is not None:
            return [_item("seating", None, first, 1, seating)]
    return [
        _item("tickets", ticket, first, count, fen(ticket, first))
        for ticket, count in tickets.items()
        if count
    ]


def group_discount(
    items: Iterable[BreakdownItem], steps: Iterable[GroupStep], persons: int
) -> BreakdownItem | None:
    """Return what a large party is let off the whole line, by the largest step that it reaches.

    The percentage is rounded half up; None where it comes to nothing.
    """
    reached = [step.percent_off for step in steps if step.from_persons <= persons]
    discount = percent_of(total_of(items), reached[-1]) if reached else 0
    if discount == 0:
        return None
    return BreakdownItem("group_discount", None, None, None, 1, -discount, -discount)


def total_of(items: Iterable[BreakdownItem]) -> int:
    """Return the sum of a breakdown in fen."""
    return sum(item.amount_fen for item in items)


def percent_of(fen: int, percent: int) -> int:
    """Return a whole percentage of an amount (at least 0), rounded half up to whole fen."""
    return (fen * percent + 50) // 100


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Return `total` in parts that are proportional to the weights and sum to the total.

    The method of the largest remainder: each part is its exact share rounded down, and what is
    left goes one fen at a time to those who lost most by that, the earlier first. No part is
    larger than its weight where the total is not larger than all weights together. Weights that
    are all zero share evenly. Raises ValueError for a total or weight below zero, and where
    nobody is there to take a part of something.
    """
    if total < 0 or any(weight < 0 for weight in weights) or (total and not weights):
        raise ValueError("a total can be shared out by weights that are not below zero")
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    parts = [total * weight // whole for weight in weights]
    lost = sorted(range(len(weights)), key=lambda number: -(total * weights[number] % whole))
    for number in lost[: total - sum(parts)]:
        parts[number] += 1
    return parts


def _item(
    kind: Literal["tickets", "pitch_nights", "seating"],
    ticket_type: TicketType | None,
    day: PricedDay,
    quantity: int,
    fen: int,
) -> BreakdownItem:
    return BreakdownItem(kind, ticket_type, day.day, day.day_type, quantity, fen, quantity * fen)

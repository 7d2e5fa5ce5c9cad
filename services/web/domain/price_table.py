"""The prices of an offering as a table: a row for each ticket, a column for each sort of day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Protocol

DAY_TYPES: Final = ("workday", "weekend", "holiday", "make_up_workday")
TICKETS: Final = ("adult", "child", "senior", "pitch", "table")


class Price(Protocol):
    """One price; with a day type, an option or a season it holds for those only."""

    @property
    def ticket_type(self) -> str:
        """Whose price it is."""
        ...

    @property
    def fen(self) -> int:
        """The price."""
        ...

    @property
    def day_type(self) -> str | None:
        """On which days."""
        ...

    @property
    def option(self) -> str | None:
        """For which type of pitch."""
        ...

    @property
    def season(self) -> str | None:
        """In which season."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """The prices of one ticket, by column; None where it is not sold."""

    ticket_type: str
    option: str | None
    fens: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Rows and columns; one column stands for all day types that cost the same."""

    columns: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]


def price_table(
    prices: Iterable[Price], options: Sequence[str], season: str | None = None
) -> PriceTable:
    """Return the table of a season, or of the days outside of all. The most specific price counts.

    An option counts for more than a season, and a season for more than a day type. A make-up
    workday is shown where it has a price of its own; else it costs what a workday does.
    """
    fens = {
        (one.ticket_type, one.option, one.season, one.day_type): one.fen
        for one in prices
        if one.season in {None, season}
    }
    sold = {ticket for ticket, *_ in fens}
    days = list(DAY_TYPES[:3])
    if any(day_type == DAY_TYPES[3] for *_, day_type in fens):
        days.append(DAY_TYPES[3])
    kinds = [
        (ticket, option)
        for ticket in TICKETS
        if ticket in sold
        for option in (options if ticket == "pitch" and options else [None])
    ]

    def find(ticket: str, option: str | None, day: str) -> int | None:
        as_days = (day, "workday", None) if day == DAY_TYPES[3] else (day, None)
        options, seasons = dict.fromkeys((option, None)), dict.fromkeys((season, None))
        tried = [
            (ticket, *pair, as_day) for pair in product(options, seasons) for as_day in as_days
        ]
        return next((fens[key] for key in tried if key in fens), None)

    columns: dict[tuple[int | None, ...], tuple[str, ...]] = {}
    for day in days:
        column = tuple(find(ticket, option, day) for ticket, option in kinds)
        columns[column] = (*columns.get(column, ()), day)
    rows = [
        Row(ticket, option, tuple(column[number] for column in columns))
        for number, (ticket, option) in enumerate(kinds)
    ]
    return PriceTable(tuple(columns.values()), tuple(rows))

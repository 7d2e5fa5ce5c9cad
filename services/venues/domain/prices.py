"""What makes a price list whole: ticket types that fit the kind, and a price on every day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from shared.contracts.terms import DayType, OfferingKind, TicketType

PERSONS: Final[frozenset[TicketType]] = frozenset({"adult", "child", "senior"})
TICKET_TYPES: Final[Mapping[OfferingKind, frozenset[TicketType]]] = MappingProxyType(
    {
        "stay": frozenset({"pitch"}),
        "table": PERSONS | {"table"},
        "session": PERSONS,
        "entry": PERSONS,
    }
)


class Priced(Protocol):
    """A ticket type and what it costs: always, or on days of a type, in a season, for an option."""

    @property
    def ticket_type(self) -> TicketType:
        """The kind of ticket."""
        ...

    @property
    def fen(self) -> int:
        """Its price."""
        ...

    @property
    def day_type(self) -> DayType | None:
        """The days that it is for; None is all."""
        ...

    @property
    def option(self) -> str | None:
        """The option that it is for; None is all."""
        ...

    @property
    def season(self) -> str | None:
        """The season that it is for; None is all the year."""
        ...


def price_faults(
    kind: OfferingKind,
    prices: Sequence[Priced],
    options: frozenset[str],
    seasons: frozenset[str] = frozenset(),
) -> list[tuple[str, str]]:
    """Return what is wrong with a price list, as pairs of a field and a code.

    A stay is sold by the pitch, a table whole or by the person, all else by the person. Prices by
    option are for stays: who books a table does not choose its size. Prices by season name one of
    the terms. Whatever the day, one of the prices must hold: a ticket type has one for all days
    and options, or else one for all days for each of the options.
    """
    types = {price.ticket_type for price in prices}
    keys = [(one.ticket_type, one.day_type, one.option, one.season) for one in prices]
    if len(set(keys)) < len(keys):
        return [("prices", "ticket_type_repeated")]
    if not TICKET_TYPES[kind].issuperset(types):
        return [("prices", "ticket_type_unfit")]
    if "table" in types and len(types) > 1:
        return [("prices", "table_or_persons")]
    return (
        _option_faults(kind, prices, options)
        or [
            (f"prices/{place}/season", "unknown_season")
            for place, price in enumerate(prices)
            if price.season is not None and price.season not in seasons
        ]
        or _gaps(prices, options)
    )


def _option_faults(
    kind: OfferingKind, prices: Sequence[Priced], options: frozenset[str]
) -> list[tuple[str, str]]:
    named = [(place, price.option) for place, price in enumerate(prices) if price.option]
    if kind != "stay":
        return [(f"prices/{place}/option", "for_stays_alone") for place, _ in named]
    return [
        (f"prices/{place}/option", "unknown_option")
        for place, option in named
        if option not in options
    ]


def _gaps(prices: Sequence[Priced], options: frozenset[str]) -> list[tuple[str, str]]:
    every_day: dict[TicketType, set[str | None]] = defaultdict(set)
    for price in prices:
        if price.day_type is None and price.season is None:
            every_day[price.ticket_type].add(price.option)
        else:
            every_day.setdefault(price.ticket_type, set())
    for covered in every_day.values():
        if None not in covered and not (options and options <= covered):
            return [("prices", "price_missing_on_some_days")]
    return []

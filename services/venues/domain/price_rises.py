"""Whether some visitor pays more after a change of prices than before it."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import product
from typing import Final, Literal, TypeAlias, get_args

from services.venues.domain.offers import Offer
from shared.contracts.terms import DayType, OfferingTerms, TicketType

PriceReason = Literal["price_raised", "cheaper_price_removed"]
Option: TypeAlias = str | None
Season: TypeAlias = str | None
# What somebody asks for: a ticket of a type, on a kind of day, for an option.
Asked: TypeAlias = tuple[TicketType, DayType, Option]
Listed: TypeAlias = Mapping[tuple[TicketType, Option, Season, DayType | None], int]

# A leap year has every day that a season can begin or end on.
_YEAR: Final = tuple(date(2028, 1, 1) + timedelta(days=day) for day in range(366))
_DAY_TYPES: Final[tuple[DayType, ...]] = get_args(DayType)
# By which prices a day is paid, the most fitting first; a make-up workday is one of workdays.
_PRICED_AS: Final[dict[DayType, tuple[DayType | None, ...]]] = {
    "workday": ("workday", None),
    "weekend": ("weekend", None),
    "holiday": ("holiday", None),
    "make_up_workday": ("make_up_workday", "workday", None),
}


def price_reasons(before: Offer, after: Offer) -> Iterator[PriceReason]:
    """Yield why a change of prices, or of the seasons that they are for, matters.

    Compared is what is paid in the end, whatever the lists look like. Who asked for what is no
    longer sold (a ticket type, a type of pitch) is left with the rest, so it matters where
    something dearer on the same day is left. Prices that are new matter to nobody.
    """
    for was_in, is_in in _seasons(before.terms, after.terms):
        were, are = _paid(before, was_in), _paid(after, is_in)
        for asked, was in were.items():
            now = are.get(asked)
            if now is not None and now > was:
                yield "price_raised"
            elif now is None and any(
                fen > was for (_, day_type, _), fen in are.items() if day_type == asked[1]
            ):
                yield "cheaper_price_removed"


def _seasons(before: OfferingTerms, after: OfferingTerms) -> set[tuple[Season, Season]]:
    """Return in which seasons, before and after, the days of a year lie."""
    if not before.seasons and not after.seasons:
        return {(None, None)}
    return {(before.season_of(day), after.season_of(day)) for day in _YEAR}


def _paid(offer: Offer, season: Season) -> dict[Asked, int]:
    """Return what everything costs that can be asked for on the days of a season."""
    listed = {
        (one.ticket_type, one.option, one.season, one.day_type): one.fen for one in offer.prices
    }
    types = sorted({price.ticket_type for price in offer.prices})
    options: list[Option] = [option.code for option in offer.terms.options] or [None]
    paid = {
        (ticket_type, day_type, option): _price(listed, (ticket_type, day_type, option), season)
        for ticket_type, day_type, option in product(types, _DAY_TYPES, options)
    }
    return {asked: fen for asked, fen in paid.items() if fen is not None}


def _price(listed: Listed, asked: Asked, season: Season) -> int | None:
    """Return the most specific price: an option before a season, a season before a day type."""
    ticket_type, day_type, option = asked
    for fitting in product(
        dict.fromkeys((option, None)), dict.fromkeys((season, None)), _PRICED_AS[day_type]
    ):
        if (fen := listed.get((ticket_type, *fitting))) is not None:
            return fen
    return None

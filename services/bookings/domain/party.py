"""The people of one line: how many they are, and how they share pitches and tickets."""

from collections.abc import Mapping
from typing import Final, Literal

from services.bookings.domain.refusals import AdultNeeded, PartySizeUnfit, TooManyChildren
from shared.contracts.terms import OfferingKind, OfferingTerms

Kind = OfferingKind
TicketType = Literal["adult", "child", "senior"]

# The largest party where the offering does not say it; it may say up to `MOST_PERSONS_EVER`.
MOST_PERSONS: Final = 20
MOST_PERSONS_EVER: Final = 1000
MOST_NIGHTS: Final = 30
MOST_LINES: Final = 20


def persons_in(tickets: Mapping[TicketType, int]) -> int:
    """Return how many people the tickets are for."""
    return sum(tickets.values())


def party_bounds(terms: OfferingTerms) -> tuple[int, int]:
    """Return the smallest and the largest party that an offering takes."""
    return terms.party_least, terms.party_most or max(MOST_PERSONS, terms.party_least)


def check_party(
    tickets: Mapping[TicketType, int], persons: int, bounds: tuple[int, int], terms: OfferingTerms
) -> None:
    """Refuse a party of the wrong size, and children who come alone.

    Raises PartySizeUnfit, AdultNeeded, and TooManyChildren for more than the others can mind. A
    senior minds a child as well as an adult does.
    """
    least, most = bounds
    if not least <= persons <= most:
        raise PartySizeUnfit(least, most)
    children = tickets.get("child", 0)
    if not children:
        return
    minders = persons - children
    if terms.child_needs_adult and not minders:
        raise AdultNeeded
    each = terms.children_per_adult_most
    if each is not None and minders and children > each * minders:
        raise TooManyChildren(each)


def units_for(kind: Kind, persons: int, persons_per_unit: int | None) -> int:
    """Return how many tickets a party gets: one a pitch, one a seating, else one a person.

    For a stay these are the pitches that it takes; without `persons_per_unit`, one a person.
    """
    if kind == "table":
        return 1
    if kind != "stay" or persons_per_unit is None:
        return persons
    return -(-persons // persons_per_unit)


def admitted_by(kind: Kind, persons: int, units: int, ordinal: int) -> int:
    """Return how many people the ticket with this ordinal (from 1) lets in.

    A session and an entry have a ticket for each person, a table has one for the whole party. A
    stay has one for each pitch, and the party is spread over its pitches as evenly as it goes.
    Together the tickets let in exactly the party.
    """
    if kind in ("session", "entry"):
        return 1
    evenly, remaining = divmod(persons, units)
    return evenly + (1 if ordinal <= remaining else 0)

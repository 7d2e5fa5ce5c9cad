"""The people of one line: how many they are, and how they share pitches and tickets."""

from collections.abc import Mapping
from typing import Final, Literal

Kind = Literal["stay", "session"]
TicketType = Literal["adult", "child", "senior"]

MOST_PERSONS: Final = 20
MOST_NIGHTS: Final = 10
MOST_LINES: Final = 20


def persons_in(tickets: Mapping[TicketType, int]) -> int:
    """Return how many people the tickets are for."""
    return sum(tickets.values())


def units_for(kind: Kind, persons: int, persons_per_unit: int | None) -> int:
    """Return how many places of the offering a party takes: pitches for a stay, else persons."""
    if kind == "session" or persons_per_unit is None:
        return persons
    return -(-persons // persons_per_unit)


def admitted_by(kind: Kind, persons: int, units: int, ordinal: int) -> int:
    """Return how many people the ticket with this ordinal (from 1) lets in.

    A session has a ticket for each person. A stay has one for each pitch, and the party is spread
    over its pitches as evenly as it goes; together the tickets let in exactly the party.
    """
    if kind == "session":
        return 1
    evenly, remaining = divmod(persons, units)
    return evenly + (1 if ordinal <= remaining else 0)

"""What a line will cost, as the visitor is shown before ordering; the order computes it again."""

from collections.abc import Mapping

from services.web.domain.party import Party


def units_of(persons: int, persons_per_unit: int | None) -> int:
    """Return how many places a party takes: pitches where several share one, else persons."""
    if not persons_per_unit:
        return persons
    return -(-persons // persons_per_unit)


def line_price(
    prices: Mapping[str, int], party: Party, nights: int, persons_per_unit: int | None
) -> int:
    """Return the price of a line in fen.

    A stay costs pitches × nights, a session the sum of its tickets. Raises KeyError for a ticket
    that is not sold.
    """
    if nights:
        return prices["pitch"] * units_of(party.persons, persons_per_unit) * nights
    return sum(prices[age] * count for age, count in party.tickets.items())

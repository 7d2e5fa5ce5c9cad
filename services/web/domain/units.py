"""How many places a party takes."""


def units_of(persons: int, persons_per_unit: int | None) -> int:
    """Return how many places a party takes: pitches where several share one, else persons."""
    if not persons_per_unit:
        return persons
    return -(-persons // persons_per_unit)

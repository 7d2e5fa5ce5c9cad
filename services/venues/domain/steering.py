"""When a village is nearly full, and when visitors are led to quieter ones.

Source: domain.md, rule 3; the tourism law makes the capacity itself absolute.
"""

from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

Crowding = Literal["quiet", "busy", "crowded", "full"]

WARN_PERCENT: Final = 80
STEER_PERCENT: Final = 90


def crowding(capacity: int, left: int, warn_percent: int, steer_percent: int) -> Crowding:
    """Return how crowded a village is on a day of which `left` places are left.

    It is `busy` from its warning on and `crowded` from where visitors are led elsewhere. One that
    can carry nobody is full.
    """
    taken = capacity - left
    if left <= 0:
        return "full"
    if taken * 100 >= capacity * steer_percent:
        return "crowded"
    if taken * 100 >= capacity * warn_percent:
        return "busy"
    return "quiet"


def neighbour_faults(village_id: UUID, neighbours: Sequence[UUID]) -> list[tuple[int, str]]:
    """Return what is wrong with a village's neighbours, as pairs of a place and a code."""
    return [
        (place, "itself" if neighbour == village_id else "neighbour_repeated")
        for place, neighbour in enumerate(neighbours)
        if neighbour == village_id or neighbour in neighbours[:place]
    ]

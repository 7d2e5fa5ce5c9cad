"""What a line takes from the pools: places in its slots, people in the places around them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A number of places in one pool."""

    pool_id: int
    quantity: int


def claims_for(slots: Iterable[Sequence[int]], units: int, persons: int) -> tuple[Claim, ...]:
    """Return the claims of a line on the pools of all its slots.

    Each slot gives its own pool first, which counts units (pitches or seats), and then its
    venue-day, village-day and district-day, which count persons (domain rule 3). A pool that
    several slots share is claimed once for each of them.
    """
    wanted: dict[int, int] = {}
    for own, *around in slots:
        wanted[own] = wanted.get(own, 0) + units
        for pool_id in around:
            wanted[pool_id] = wanted.get(pool_id, 0) + persons
    return tuple(Claim(pool_id, wanted[pool_id]) for pool_id in sorted(wanted))

"""What a line takes from the pools: units of its slots, people in the places around them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import starmap


@dataclass(frozen=True, slots=True)
class Claim:
    """A number of places in one pool."""

    pool_id: int
    quantity: int


def claims_for(
    own: Iterable[tuple[int, int]], around: Iterable[int], persons: int
) -> tuple[Claim, ...]:
    """Return the claims of a line, sorted by pool, each pool once.

    `own` are its slots' own pools with the units that it takes of each (pitches, tables, seats).
    `around` are the venue-days, village-days and district-days of all its slots: they count
    people, and nobody is at a place twice on one day (docs/domain.md rule 3).
    """
    wanted = dict.fromkeys(around, persons)
    for pool_id, units in own:
        wanted[pool_id] = wanted.get(pool_id, 0) + units
    return tuple(starmap(Claim, sorted(wanted.items())))

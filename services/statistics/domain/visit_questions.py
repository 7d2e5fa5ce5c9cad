"""What can be asked about visits: over which days, and by what they are told apart."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, TypeGuard, get_args

Dimension = Literal["village", "venue", "kind", "day"]

DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
# A year and a month: enough to compare with the same holiday of the year before.
MOST_DAYS: Final = 400


def read_dimensions(written: str) -> tuple[Dimension, ...]:
    """Return the dimensions of a list such as `village,day`.

    Raises ValueError for an unknown one, a repeated one, or none at all.
    """
    parts = written.split(",")
    if not _all_known(parts):
        raise ValueError("unknown dimension")
    if len(set(parts)) != len(parts):
        raise ValueError("repeated dimension")
    return tuple(parts)


def is_too_long(first: date, last: date) -> bool:
    """Tell whether a period, both days included, has more than 400 days."""
    return (last - first).days >= MOST_DAYS


def _all_known(parts: Sequence[str]) -> TypeGuard[Sequence[Dimension]]:
    return all(part in DIMENSIONS for part in parts)

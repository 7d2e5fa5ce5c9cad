"""How a licence stands, and when its people are warned of its end.

docs/domain.md rule 15. Days are those of the villages (Asia/Shanghai); a licence holds on its last
day still. Which licences a venue needs, the database says: `licence_gaps`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

LicenceState = Literal["waiting", "confirmed", "refused"]

# Days before the last one; 0 is the day after it, when the licence is over.
WARNING_DAYS: Final = (30, 10, 1)
OVER: Final = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What is due about a licence: steps to write down, and the one of them to tell, if any."""

    steps: tuple[int, ...]
    tell: int | None


def days_left(valid_until: date, today: date) -> int:
    """Return how many days follow until the last one: 0 on it, below 0 after it."""
    return (valid_until - today).days


def due(valid_until: date, today: date, told: Collection[int]) -> Due:
    """Return which warnings are due today that were not told yet.

    After a time in which nobody looked, only the latest is told: "30 days" would be wrong by then.
    """
    left = days_left(valid_until, today)
    if left < 0:
        steps = tuple(step for step in (*WARNING_DAYS, OVER) if step not in told)
        return Due(steps, OVER if OVER in steps else None)
    reached = [step for step in WARNING_DAYS if left <= step]
    steps = tuple(step for step in reached if step not in told)
    latest = min(reached, default=None)
    return Due(steps, latest if latest in steps else None)

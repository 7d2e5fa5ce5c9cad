"""Until when a visit can be reviewed, and what a rating amounts to."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final, Literal

REVIEWABLE_DAYS: Final = 90
EDITABLE_DAYS: Final = 14
# How long the projection of visits is needed: what nobody can review any more is forgotten.
VISITS_KEPT_DAYS: Final = 120

STARS: Final = (1, 2, 3, 4, 5)

ReviewState = Literal["shown", "hidden"]


def reviewable_until(checked_in_at: datetime) -> datetime:
    """Return the moment until which a visit can be reviewed."""
    return checked_in_at + timedelta(days=REVIEWABLE_DAYS)


def editable_until(written_at: datetime) -> datetime:
    """Return the moment until which its author may change a review."""
    return written_at + timedelta(days=EDITABLE_DAYS)


def month_of(day: date) -> date:
    """Return the first of a day's month: all that others learn of when somebody came."""
    return day.replace(day=1)


def average(count: int, total: int) -> float | None:
    """Return the mean of stars to one decimal, halves up; None without any."""
    if not count:
        return None
    return (20 * total + count) // (2 * count) / 10


def distribution(counts: Mapping[int, int]) -> dict[int, int]:
    """Return how many reviews gave each number of stars, none left out."""
    return {stars: counts.get(stars, 0) for stars in STARS}

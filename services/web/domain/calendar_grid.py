"""Days in rows of weeks, Monday first."""

from datetime import date, timedelta
from typing import Final

WEEK: Final = 7


def weeks(first: date, last: date) -> list[list[date]]:
    """Return the whole weeks that hold the days from `first` to `last`."""
    start = first - timedelta(days=first.weekday())
    count = ((last - start).days // WEEK) + 1
    return [
        [start + timedelta(days=WEEK * week + day) for day in range(WEEK)] for week in range(count)
    ]

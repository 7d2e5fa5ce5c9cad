"""The days that a visitor is asked about first: today and the next two weekends."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

SATURDAY: Final = 5
WEEK: Final = 7
# The bookings service sells this far ahead.
HORIZON: Final = timedelta(days=90)

ChipName = Literal["today", "saturday", "sunday", "next_saturday", "next_sunday"]


@dataclass(frozen=True, slots=True)
class DayChip:
    """One day to choose, and what it is called."""

    name: ChipName
    day: date


def day_chips(today: date) -> list[DayChip]:
    """Return today and the days of this weekend and the next, each once.

    On a Saturday or Sunday "this weekend" is the one that it is, so today stands for its day.
    """
    saturday = today + timedelta(days=SATURDAY - today.weekday())
    named: list[tuple[ChipName, date]] = [
        ("saturday", saturday),
        ("sunday", saturday + timedelta(days=1)),
        ("next_saturday", saturday + timedelta(days=WEEK)),
        ("next_sunday", saturday + timedelta(days=WEEK + 1)),
    ]
    return [DayChip("today", today), *(DayChip(name, day) for name, day in named if day > today)]


def default_day(today: date) -> date:
    """Return the first day of the weekend that is coming, or today where it is that weekend."""
    return today + timedelta(days=max(0, SATURDAY - today.weekday()))


def bookable_day(typed: str | None, today: date) -> date | None:
    """Return the day that was asked for, or None where it is no day that can be booked."""
    day = read_day(typed)
    return day if day is not None and today <= day <= today + HORIZON else None


def read_day(typed: str | None) -> date | None:
    """Return the day written as YYYY-MM-DD, or None for anything else."""
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return day if day.isoformat() == typed else None

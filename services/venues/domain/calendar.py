"""The days of a year that are not what their weekday says (docs/domain.md rule 4)."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, Protocol

# What a day can be by decree: off, or a workday although it is Saturday or Sunday.
DecreedType = Literal["holiday", "make_up_workday"]

FIRST_YEAR: Final = 2020
LAST_YEAR: Final = 2100
SATURDAY: Final = 6


class Decreed(Protocol):
    """A day and what it is by decree."""

    @property
    def day(self) -> date:
        """The day."""
        ...

    @property
    def day_type(self) -> DecreedType:
        """What it is."""
        ...


def calendar_faults(year: int, days: Sequence[Decreed]) -> list[tuple[str, str]]:
    """Return what is wrong with the decreed days of a year, as pairs of a field and a code.

    Each day is of the year and stands there once. Only a Saturday or a Sunday can be made a
    workday: every other day is one already, unless it is decreed to be off.
    """
    found: list[tuple[str, str]] = []
    seen: set[date] = set()
    for place, decreed in enumerate(days):
        if decreed.day.year != year:
            found.append((f"days/{place}/day", "day_of_another_year"))
        elif decreed.day in seen:
            found.append((f"days/{place}/day", "day_repeated"))
        elif decreed.day_type == "make_up_workday" and decreed.day.isoweekday() < SATURDAY:
            found.append((f"days/{place}/day_type", "workday_already"))
        seen.add(decreed.day)
    return found

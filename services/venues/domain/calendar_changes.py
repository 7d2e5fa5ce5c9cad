"""What differs between two versions of a year's days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.venues.domain.calendar import SATURDAY
from shared.contracts.terms import DayType


class Typed(Protocol):
    """A day and what it is by decree."""

    @property
    def day(self) -> date:
        """The day."""
        ...

    @property
    def day_type(self) -> DayType:
        """What it is."""
        ...


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that is decreed to be something else; `weekday_type` is what it is without a decree.

    A type is None where the version has no decree about the day.
    """

    day: date
    before: DayType | None
    after: DayType | None

    @property
    def weekday_type(self) -> DayType:
        """What its weekday makes it."""
        return "workday" if self.day.isoweekday() < SATURDAY else "weekend"

    @property
    def kinds(self) -> tuple[DayType, DayType]:
        """What kind of day it was, and what it becomes."""
        return self.before or self.weekday_type, self.after or self.weekday_type


def day_changes(before: Iterable[Typed], after: Iterable[Typed]) -> list[DayChange]:
    """Return the days that are added, removed, or of another type, in their order."""
    were = {one.day: one.day_type for one in before}
    are = {one.day: one.day_type for one in after}
    return [
        DayChange(day, were.get(day), are.get(day))
        for day in sorted(were.keys() | are.keys())
        if were.get(day) != are.get(day)
    ]

"""What kind of day a day is, as far as it is decreed (docs/domain.md rule 4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.venues.domain.calendar import SATURDAY
from shared.contracts.terms import DayType


@dataclass(frozen=True, slots=True)
class DayTypes:
    """The years that are known, and their days that are not what their weekday says."""

    years: frozenset[int]
    decreed: Mapping[date, DayType]

    def of(self, day: date) -> DayType | None:
        """Return the type of a day; None for a day of a year about which nothing is known."""
        if day.year not in self.years:
            return None
        usual: DayType = "workday" if day.isoweekday() < SATURDAY else "weekend"
        return self.decreed.get(day, usual)

    def known_until(self, today: date) -> date:
        """Return the last day of the years that are known from today's on without a gap.

        Where today's own year is not known, that is the day before today's year.
        """
        return last_known_day(self.years, today)


def last_known_day(years: Iterable[int], today: date) -> date:
    """Return the last day of the years from today's on, up to the first that is not there."""
    known, year = frozenset(years), today.year
    while year in known:
        year += 1
    return date(year - 1, 12, 31)

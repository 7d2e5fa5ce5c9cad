"""What a day is: by decree where there is one, by its weekday elsewhere (docs/domain.md rule 4)."""

from collections.abc import Container, Mapping
from datetime import date
from typing import Final

from services.bookings.domain.refusals import YearUnknownError
from shared.contracts.terms import DayType

_SATURDAY: Final = 6


def day_type(day: date, exceptions: Mapping[date, DayType], known_years: Container[int]) -> DayType:
    """Return the day type of a day; `exceptions` are the days of the known years' decrees.

    Raises YearUnknownError for a year that was not decreed: holidays move from year to year, and
    a guess would be a wrong price.
    """
    if day.year not in known_years:
        raise YearUnknownError(day.year)
    decreed = exceptions.get(day)
    if decreed is not None:
        return decreed
    return "workday" if day.isoweekday() < _SATURDAY else "weekend"

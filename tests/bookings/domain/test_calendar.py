"""What a day is, in the year of the examples that the design gives."""

from datetime import date

import pytest

from services.bookings.domain.calendar import day_type
from services.bookings.domain.refusals import YearUnknownError
from shared.contracts.terms import DayType

EXCEPTIONS: dict[date, DayType] = {
    date(2026, 9, 20): "make_up_workday",
    date(2026, 10, 1): "holiday",
    date(2026, 10, 10): "make_up_workday",
}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 9, 18), "workday"),
        (date(2026, 9, 19), "weekend"),
        (date(2026, 9, 20), "make_up_workday"),
        (date(2026, 9, 21), "workday"),
        (date(2026, 10, 1), "holiday"),
        (date(2026, 10, 10), "make_up_workday"),
        (date(2026, 10, 11), "weekend"),
    ],
)
def test_a_decree_counts_for_more_than_the_weekday(day: date, expected: DayType) -> None:
    assert day_type(day, EXCEPTIONS, {2026}) == expected


def test_a_year_that_was_not_decreed_is_refused_and_not_guessed() -> None:
    with pytest.raises(YearUnknownError) as refused:
        day_type(date(2027, 1, 1), EXCEPTIONS, {2026})
    assert refused.value.year == 2027

"""What a day is, in the year of the examples that the design gives."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import asyncpg
import pytest

from services.bookings.domain.calendar import day_type
from services.bookings.domain.refusals import YearUnknownError
from shared.contracts.terms import DayType
from tests.support.databases import Clone

EXCEPTIONS: dict[date, DayType] = {
    date(2026, 9, 20): "make_up_workday",
    date(2026, 10, 1): "holiday",
    date(2026, 10, 10): "make_up_workday",
}
DECREE = """
insert into bookings.calendar_years (year, version) values (2026, 1);
insert into bookings.calendar_days (day, year, day_type) values
    ('2026-09-20', 2026, 'make_up_workday'),
    ('2026-10-01', 2026, 'holiday'),
    ('2026-10-10', 2026, 'make_up_workday');
set search_path to bookings;
"""


@pytest.fixture
async def conn(database: Clone) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


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


async def test_the_database_has_the_same_rule_for_each_day_and_guesses_no_other_year(
    conn: asyncpg.Connection,
) -> None:
    await conn.execute(DECREE)
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    found = await conn.fetch(
        "select day, day_type_of(day) from unnest($1::date[]) as asked (day)", days
    )
    assert dict(map(tuple, found)) == {day: day_type(day, EXCEPTIONS, {2026}) for day in days}
    assert await conn.fetchval("select day_type_of('2025-12-31')") is None
    assert await conn.fetchval("select day_type_of('2027-01-01')") is None

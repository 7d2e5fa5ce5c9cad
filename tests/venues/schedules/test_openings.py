"""From a schedule's days to the slots that it wants, without a database and without a clock."""

import os
import subprocess
import sys
import time as process_time
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.venues.bundled_calendars import read_bundled_years
from services.venues.domain.day_types import DayTypes
from services.venues.domain.openings import WantedSlot, open_days, wanted_slots
from services.venues.domain.schedules import Days, Held, Rule, Schedule
from services.venues.domain.slot_times import Hours
from shared.contracts.terms import DayType, OfferingKind

ALL_WEEK: Final = frozenset(range(1, 8))
FIRST: Final = date(2026, 9, 1)
LAST: Final = date(2026, 12, 31)
NO_HOURS: Final = Hours((), None, None)
AT_TWO: Final = Hours((time(14),), None, None)
ROUND_THE_CLOCK: Final = Hours((), time(0), time(23, 45))


def calendar() -> DayTypes:
    decreed = {day.day: day.day_type for year in read_bundled_years() for day in year.days}
    return DayTypes(frozenset({2025, 2026}), decreed)


CALENDAR: Final = calendar()


def plain(*years: int, decreed: Mapping[date, DayType] | None = None) -> DayTypes:
    return DayTypes(frozenset(years), decreed or {})


def schedule(
    *rules: Rule,
    weekdays: frozenset[int] = ALL_WEEK,
    hours: Hours = AT_TWO,
    first: date = FIRST,
    last: date = LAST,
    exceptions: Mapping[date, Held] | None = None,
    blackouts: tuple[tuple[date, date], ...] = (),
) -> Schedule:
    return Schedule(first, last, weekdays, hours, 10, rules, exceptions or {}, blackouts)


def expand(
    wanted: Schedule,
    kind: OfferingKind = "session",
    day_types: DayTypes = CALENDAR,
    first: date = FIRST,
    last: date = LAST,
) -> list[WantedSlot]:
    duration = 120 if kind in {"session", "entry"} else None
    return list(wanted_slots(kind, duration, open_days(wanted, day_types, first, last)))


def days_of(wanted: Schedule, first: date = FIRST, last: date = LAST) -> list[date]:
    return [day.day for day in open_days(wanted, CALENDAR, first, last)]


def test_a_night_begins_on_its_evening_and_ends_on_the_next_morning() -> None:
    new_years_eve = date(2026, 12, 31)
    (night,) = expand(schedule(hours=NO_HOURS), "stay", first=new_years_eve)
    assert night.day == new_years_eve
    assert night.starts_at == datetime(2026, 12, 31, 7, tzinfo=UTC)
    assert night.ends_at == datetime(2027, 1, 1, 3, tzinfo=UTC)


def test_the_29th_of_february_is_a_day_like_any_other() -> None:
    first, last = date(2028, 2, 28), date(2028, 3, 1)
    wanted = schedule(first=first, last=last)
    slots = expand(wanted, day_types=plain(2028), first=first, last=last)
    assert [slot.day.isoformat() for slot in slots] == ["2028-02-28", "2028-02-29", "2028-03-01"]


SEASONS: Final[list[tuple[tuple[str, str], int, list[str]]]] = [
    # Over the new year.
    (("12-30", "01-02"), 2026, ["01-01", "01-02", "12-30", "12-31"]),
    # To the end of February, whatever year it is.
    (("02-27", "02-29"), 2026, ["02-27", "02-28"]),
    (("02-27", "02-29"), 2028, ["02-27", "02-28", "02-29"]),
    (("02-29", "03-01"), 2026, ["03-01"]),
    (("05-01", "05-01"), 2026, ["05-01"]),
]


@pytest.mark.parametrize(("season", "year", "days"), SEASONS)
def test_a_season_comes_back_every_year_and_may_wrap_it(
    season: tuple[str, str], year: int, days: list[str]
) -> None:
    first, last = date(year, 1, 1), date(year, 12, 31)
    wanted = schedule(
        Rule(Days(season=season), Held()), weekdays=frozenset(), first=first, last=last
    )
    found = open_days(wanted, plain(year), first, last)
    assert [one.day.isoformat()[5:] for one in found] == days


def test_holidays_close_and_make_up_workdays_are_no_weekend() -> None:
    weekend = Rule(Days(day_types=frozenset({"weekend", "holiday"})), Held())
    not_new_year = Rule(Days(first=date(2026, 10, 1), last=date(2026, 10, 1)), Held(closed=True))
    wanted = schedule(weekend, not_new_year, weekdays=frozenset())
    found = days_of(wanted, date(2026, 9, 19), date(2026, 10, 11))
    # Sunday 20 September and Saturday 10 October are workdays; the holidays are seven days long.
    assert [day.isoformat() for day in found] == [
        "2026-09-19",
        "2026-09-25",
        "2026-09-26",
        "2026-09-27",
        *(f"2026-10-0{number}" for number in range(2, 8)),
        "2026-10-11",
    ]


def test_of_the_rules_that_speak_of_a_day_the_last_one_counts() -> None:
    saturday = frozenset({6})
    early, late = Hours((time(9),), None, None), Hours((time(20),), None, None)
    wanted = schedule(
        Rule(Days(weekdays=saturday), Held(hours=early, capacity=3)),
        Rule(Days(season=("10-01", "10-31")), Held(hours=late)),
        Rule(Days(weekdays=saturday, season=("10-20", "10-31")), Held(closed=True)),
    )
    found = {one.day: one for one in open_days(wanted, CALENDAR, FIRST, LAST)}
    plain_day, september = found[date(2026, 9, 4)], found[date(2026, 9, 5)]
    assert (plain_day.hours, plain_day.capacity) == (AT_TWO, 10)
    assert (september.hours, september.capacity) == (early, 3)
    # The rule of October says nothing of places, so they are the schedule's again.
    assert (found[date(2026, 10, 3)].hours, found[date(2026, 10, 3)].capacity) == (late, 10)
    assert date(2026, 10, 24) not in found
    assert found[date(2026, 10, 23)].hours == late


def test_an_exception_counts_for_its_day_whatever_else_is_said() -> None:
    rainy, extra = date(2026, 9, 5), date(2026, 9, 7)
    wanted = schedule(
        Rule(Days(weekdays=ALL_WEEK), Held(closed=True)),
        exceptions={rainy: Held(closed=True), extra: Held(capacity=2)},
        weekdays=frozenset({6}),
    )
    found = list(open_days(wanted, CALENDAR, FIRST, LAST))
    assert [(one.day, one.hours, one.capacity) for one in found] == [(extra, AT_TWO, 2)]


def test_nothing_takes_place_in_a_blackout() -> None:
    wanted = schedule(blackouts=((date(2026, 9, 2), date(2026, 12, 29)),))
    assert [day.isoformat() for day in days_of(wanted)] == [
        "2026-09-01",
        "2026-12-30",
        "2026-12-31",
    ]


def test_a_recurrence_counts_from_its_own_beginning_or_from_the_schedules() -> None:
    fortnightly = "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"
    from_schedule = Rule(Days(recurrence=fortnightly), Held())
    from_rule = Rule(Days(recurrence=fortnightly, first=date(2026, 9, 7)), Held())
    for rule, days in ((from_schedule, ["09-05", "09-19"]), (from_rule, ["09-12", "09-26"])):
        found = days_of(schedule(rule, weekdays=frozenset()), last=date(2026, 9, 30))
        assert [day.isoformat()[5:] for day in found] == days


def test_an_unknown_year_has_no_days_and_ends_what_can_be_decided() -> None:
    wanted = schedule(last=date(2027, 6, 1))
    assert max(days_of(wanted, last=date(2027, 6, 1))) == date(2026, 12, 31)
    today = date(2026, 9, 11)
    assert CALENDAR.known_until(today) == date(2026, 12, 31)
    assert plain(2026, 2028).known_until(today) == date(2026, 12, 31)
    assert plain(2026, 2027).known_until(today) == date(2027, 12, 31)
    assert plain(2025).known_until(today) == date(2025, 12, 31)
    assert plain(2026).of(date(2027, 1, 1)) is None


def test_a_quarter_of_a_year_of_quarter_hours_is_expanded_in_no_time() -> None:
    begun = process_time.process_time()
    slots = expand(schedule(hours=ROUND_THE_CLOCK), "table", last=date(2026, 11, 30))
    assert len(slots) == 91 * 95
    assert process_time.process_time() - begun < 1


TIMES: Final = st.lists(
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    min_size=1,
    max_size=5,
    unique=True,
)
WEEKDAYS: Final = st.frozensets(st.integers(1, 7))
DAY: Final = st.dates(date(2024, 1, 1), date(2026, 12, 31))
MONTH_DAY: Final = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(
    lambda day: day.isoformat()[5:]
)
DAY_TYPES: Final = st.frozensets(
    st.sampled_from(["workday", "weekend", "holiday", "make_up_workday"]), min_size=1
)
RULES: Final = st.sampled_from(
    ["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU", "FREQ=MONTHLY;BYMONTHDAY=-1"]
)
HOURS: Final = TIMES.map(lambda times: Hours(tuple(sorted(times)), None, None))
HELD: Final = st.one_of(
    st.just(Held(closed=True)),
    st.builds(
        Held,
        closed=st.just(value=False),
        hours=st.none() | HOURS,
        capacity=st.none() | st.integers(1, 9),
    ),
)
RULE: Final = st.builds(
    Rule,
    days=st.builds(
        Days,
        weekdays=st.none() | WEEKDAYS,
        day_types=st.none() | DAY_TYPES,
        first=st.none() | DAY,
        last=st.none() | DAY,
        season=st.none() | st.tuples(MONTH_DAY, MONTH_DAY),
        recurrence=st.none() | RULES,
    ),
    held=HELD,
)
SCHEDULE: Final = st.builds(
    Schedule,
    first_day=DAY,
    last_day=DAY,
    weekdays=WEEKDAYS,
    hours=HOURS,
    capacity=st.integers(1, 9),
    rules=st.lists(RULE, max_size=4),
    exceptions=st.dictionaries(DAY, HELD, max_size=3),
    blackouts=st.lists(st.tuples(DAY, DAY), max_size=2),
)
LEAP_TO_NOW: Final = DayTypes(frozenset({2024, 2025, 2026}), CALENDAR.decreed)


@given(wanted=SCHEDULE, first=DAY, length=st.integers(0, 100))
def test_no_two_slots_begin_together_and_all_lie_on_their_days(
    wanted: Schedule, first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    slots = expand(wanted, day_types=LEAP_TO_NOW, first=first, last=last)
    starts = [slot.starts_at for slot in slots]
    assert starts == sorted(set(starts))
    for slot in slots:
        assert max(first, wanted.first_day) <= slot.day <= min(last, wanted.last_day)
        # China has one time of day, eight hours ahead, all the year round.
        assert (slot.starts_at.astimezone(UTC) + timedelta(hours=8)).date() == slot.day
        assert slot.ends_at - slot.starts_at == timedelta(hours=2)
    assert slots == expand(wanted, day_types=LEAP_TO_NOW, first=first, last=last)


@given(wanted=SCHEDULE, first=DAY, length=st.integers(0, 100), cut=st.integers(0, 100))
def test_a_day_is_the_same_in_whichever_range_it_is_looked_at(
    wanted: Schedule, first: date, length: int, cut: int
) -> None:
    last = first + timedelta(days=length)
    middle = min(first + timedelta(days=cut), last)
    whole = list(open_days(wanted, LEAP_TO_NOW, first, last))
    parts = [
        *open_days(wanted, LEAP_TO_NOW, first, middle),
        *open_days(wanted, LEAP_TO_NOW, middle + timedelta(days=1), last),
    ]
    assert whole == parts


@given(wanted=SCHEDULE)
def test_each_day_is_what_its_last_word_says(wanted: Schedule) -> None:
    found = {one.day for one in open_days(wanted, LEAP_TO_NOW, wanted.first_day, wanted.last_day)}
    for day, held in wanted.exceptions.items():
        if wanted.first_day <= day <= wanted.last_day:
            assert (day in found) == (not held.closed)
    for begins, ends in wanted.blackouts:
        assert all(day in wanted.exceptions for day in found if begins <= day <= ends)


ELSEWHERE: Final = """
from datetime import date, time
from services.venues.domain.day_types import DayTypes
from services.venues.domain.openings import open_days, wanted_slots
from services.venues.domain.schedules import Days, Held, Rule, Schedule
from services.venues.domain.slot_times import Hours
import time as process
assert process.timezone != -8 * 3600
rule = Rule(Days(recurrence="FREQ=DAILY;UNTIL=20261102"), Held())
wanted = Schedule(
    date(2026, 3, 8), date(2026, 11, 2), frozenset(), Hours((time(0), time(23, 59)), None, None),
    1, (rule,),
)
days = open_days(wanted, DayTypes(frozenset({2026}), {}), wanted.first_day, wanted.last_day)
for slot in wanted_slots("session", 5, days):
    print(slot.day, slot.starts_at.timestamp())
"""


def test_the_villages_days_are_the_same_wherever_the_process_runs() -> None:
    """New York changes its clocks within these days, on 8 March and on 1 November."""
    expected = ""
    for number in range(240):
        day = date(2026, 3, 8) + timedelta(days=number)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - 8 * 3600
        expected += f"{day} {midnight}\n{day} {midnight + 86340}\n"
    for zone in ("America/New_York", "Pacific/Kiritimati", "UTC"):
        ran = subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout == expected

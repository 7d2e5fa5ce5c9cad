"""Recurrence rules of RFC 5545, as far as schedules take them."""

import time
from datetime import date, timedelta
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.venues.domain.recurrence import (
    FARTHEST,
    recurrence_fault,
    recurring_days,
)

# A Tuesday.
ANCHOR: Final = date(2026, 9, 1)
YEAR_END: Final = date(2027, 12, 31)

GOOD: Final[dict[str, list[str]]] = {
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA": ["2026-09-05", "2026-09-19", "2026-10-03"],
    "FREQ=MONTHLY;BYDAY=1SA": ["2026-09-05", "2026-10-03", "2026-11-07"],
    "FREQ=MONTHLY;BYDAY=-1SU": ["2026-09-27", "2026-10-25", "2026-11-29"],
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1": ["2026-09-30", "2026-10-30", "2026-11-30"],
    "FREQ=MONTHLY;BYMONTHDAY=31": ["2026-10-31", "2026-12-31", "2027-01-31"],
    "FREQ=DAILY;INTERVAL=10": ["2026-09-01", "2026-09-11", "2026-09-21"],
    "FREQ=DAILY;UNTIL=20260902": ["2026-09-01", "2026-09-02"],
    "FREQ=WEEKLY;COUNT=2;BYDAY=SU": ["2026-09-06", "2026-09-13"],
    "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1": ["2026-10-01", "2027-10-01"],
    "FREQ=YEARLY;BYMONTH=5;BYDAY=2SU": ["2027-05-09"],
}


@pytest.mark.parametrize(("rule", "days"), GOOD.items())
def test_a_rule_names_the_days_that_its_standard_says(rule: str, days: list[str]) -> None:
    assert recurrence_fault(rule) is None
    found = sorted(recurring_days(rule, ANCHOR, ANCHOR, YEAR_END))
    assert [day.isoformat() for day in found[:3]] == days


BAD: Final[dict[str, str]] = {
    "": "rrule_malformed",
    "every second Saturday": "rrule_malformed",
    "RRULE:FREQ=DAILY": "rrule_malformed",
    "INTERVAL=2": "rrule_malformed",
    "FREQ=HOURLY": "rrule_malformed",
    "FREQ=SECONDLY": "rrule_malformed",
    "FREQ=DAILY;BYHOUR=9": "rrule_malformed",
    "FREQ=DAILY;FREQ=WEEKLY": "rrule_malformed",
    "FREQ=DAILY;INTERVAL=0": "rrule_malformed",
    "FREQ=DAILY;COUNT=99999": "rrule_malformed",
    "FREQ=DAILY;UNTIL=20261231T000000Z": "rrule_malformed",
    "FREQ=DAILY;UNTIL=20261399": "rrule_malformed",
    "FREQ=DAILY\nRRULE:FREQ=WEEKLY": "rrule_malformed",
    "FREQ=DAILY;BYDAY=SA": "rrule_malformed",
    "FREQ=YEARLY;BYEASTER=1": "rrule_malformed",
    "FREQ=YEARLY;BYWEEKNO=53": "rrule_malformed",
    "FREQ=DAILY;COUNT=3;UNTIL=20261231": "rrule_unbounded",
    "FREQ=WEEKLY;INTERVAL=53": "rrule_unbounded",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30": "rrule_unbounded",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29": "rrule_unbounded",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30": "rrule_unbounded",
    "FREQ=YEARLY;BYMONTH=2": "rrule_unbounded",
    "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR": "rrule_unbounded",
    "FREQ=WEEKLY;BYDAY=1MO": "rrule_unbounded",
    "FREQ=MONTHLY;BYDAY=1SA;BYSETPOS=-1": "rrule_unbounded",
    "FREQ=MONTHLY;BYSETPOS=1": "rrule_unbounded",
    "FREQ=YEARLY;BYDAY=SA": "rrule_unbounded",
}


@pytest.mark.parametrize(("rule", "code"), BAD.items())
def test_what_is_no_rule_of_days_or_may_never_come_is_refused(rule: str, code: str) -> None:
    assert recurrence_fault(rule) == code


PARTS: Final = {
    "FREQ": ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"),
    "INTERVAL": ("", "1", "2", "5", "6", "7", "12", "52", "99"),
    "BYDAY": ("", "SA", "MO,SU", "5SA", "-5MO", "1MO,-1SU"),
    "BYMONTHDAY": ("", "1", "-1", "29", "30", "31", "-31", "30,31"),
    "BYMONTH": ("", "2", "12", "2,4", "1,2,3"),
    "BYSETPOS": ("", "1", "-1"),
}
# The day whose number most months do not have, and one that most years do not have.
ANCHORS: Final = (date(2026, 8, 31), date(2028, 2, 29))


def test_no_rule_that_is_taken_searches_for_long() -> None:
    taken, slowest = 0, 0.0
    for values in product(*PARTS.values()):
        pairs = zip(PARTS, values, strict=True)
        rule = ";".join(f"{name}={value}" for name, value in pairs if value)
        if recurrence_fault(rule) is not None:
            continue
        taken += 1
        for anchor in ANCHORS:
            begun = time.process_time()
            recurring_days(rule, anchor, anchor, anchor + timedelta(days=400))
            slowest = max(slowest, time.process_time() - begun)
    assert taken > 100
    # A search up to the year 9999 takes a second and more.
    assert slowest < 0.2


def test_nothing_recurs_from_an_anchor_that_is_too_far_back() -> None:
    last = ANCHOR + FARTHEST
    assert last in recurring_days("FREQ=DAILY", ANCHOR, last, last)
    after = last + timedelta(days=1)
    assert recurring_days("FREQ=DAILY", ANCHOR, after, after) == frozenset()


@given(
    rule=st.sampled_from(sorted(GOOD)),
    first=st.integers(-50, 400),
    length=st.integers(0, 300),
    cut=st.integers(0, 300),
)
def test_a_part_of_a_range_has_its_days_of_the_whole(
    rule: str, first: int, length: int, cut: int
) -> None:
    begins = ANCHOR + timedelta(days=first)
    ends = begins + timedelta(days=length)
    whole = recurring_days(rule, ANCHOR, begins, ends)
    middle = min(begins + timedelta(days=cut), ends)
    later = middle + timedelta(days=1)
    assert whole == recurring_days(rule, ANCHOR, begins, middle) | recurring_days(
        rule, ANCHOR, later, ends
    )
    assert all(max(begins, ANCHOR) <= day <= ends for day in whole)

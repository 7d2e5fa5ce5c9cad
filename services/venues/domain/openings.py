"""From a schedule to the slots that it wants: a pure function of days, calendar and kind.

Nothing here knows what time it is or where the process runs: days are the villages' dates, and
their hours become instants by Asia/Shanghai, named each time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from services.venues.domain.day_types import DayTypes
from services.venues.domain.recurrence import recurring_days
from services.venues.domain.schedules import Held, OpenDay, Rule, Schedule
from services.venues.domain.slot_times import CHECK_IN, CHECK_OUT, Hours
from shared.contracts.terms import QUARTER_MINUTES, DayType, OfferingKind
from shared.core.clock import SHANGHAI

ONE_DAY: Final = timedelta(days=1)
QUARTER: Final = timedelta(minutes=QUARTER_MINUTES)
CLOSED: Final = Held(closed=True)


@dataclass(frozen=True, slots=True)
class WantedSlot:
    """A slot that a schedule asks for."""

    day: date
    starts_at: datetime
    ends_at: datetime
    capacity: int


def open_days(
    schedule: Schedule, day_types: DayTypes, first: date, last: date
) -> Iterator[OpenDay]:
    """Yield the days from the first to the last on which the offering takes place, in order.

    A day of an unknown year is none: what holds on it would be a guess.
    """
    first, last = max(first, schedule.first_day), min(last, schedule.last_day)
    rules = [(rule, _recurring(schedule, rule, first, last)) for rule in schedule.rules]
    day = first
    while day <= last:
        day_type = day_types.of(day)
        if day_type is not None:
            held = _held(schedule, rules, day, day_type)
            if not held.closed:
                yield OpenDay(day, held.hours or schedule.hours, held.capacity or schedule.capacity)
        day += ONE_DAY


def wanted_slots(
    kind: OfferingKind, duration_minutes: int | None, days: Iterator[OpenDay]
) -> Iterator[WantedSlot]:
    """Yield the slots of open days, in the order in which they begin.

    Raises ValueError for a session without a duration.
    """
    for open_day in days:
        for starts_at, ends_at in _spans(kind, duration_minutes, open_day.day, open_day.hours):
            yield WantedSlot(open_day.day, starts_at, ends_at, open_day.capacity)


def _recurring(schedule: Schedule, rule: Rule, first: date, last: date) -> frozenset[date] | None:
    if rule.days.recurrence is None:
        return None
    anchor = rule.days.first or schedule.first_day
    return recurring_days(rule.days.recurrence, anchor, first, last)


def _held(
    schedule: Schedule,
    rules: list[tuple[Rule, frozenset[date] | None]],
    day: date,
    day_type: DayType,
) -> Held:
    if (exception := schedule.exceptions.get(day)) is not None:
        return exception
    if any(begins <= day <= ends for begins, ends in schedule.blackouts):
        return CLOSED
    for rule, recurring in reversed(rules):
        if (recurring is None or day in recurring) and rule.days.include(day, day_type):
            return rule.held
    return Held(closed=day.isoweekday() not in schedule.weekdays)


def _spans(
    kind: OfferingKind, duration_minutes: int | None, day: date, hours: Hours
) -> Iterator[tuple[datetime, datetime]]:
    if kind == "stay":
        yield _at(day, CHECK_IN), _at(day + ONE_DAY, CHECK_OUT)
    elif hours.times:
        if duration_minutes is None:
            raise ValueError("what begins at fixed times needs a duration")
        for start in hours.times:
            starts_at = _at(day, start)
            yield starts_at, starts_at + timedelta(minutes=duration_minutes)
    elif hours.opens_at is not None and hours.closes_at is not None:
        opens_at, closes_at = _at(day, hours.opens_at), _at(day, hours.closes_at)
        if kind == "entry":
            yield opens_at, closes_at
            return
        while opens_at + QUARTER <= closes_at:
            yield opens_at, opens_at + QUARTER
            opens_at += QUARTER


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, SHANGHAI)

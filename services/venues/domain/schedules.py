"""What a schedule says of each day: its weekdays, rules, days without, and single exceptions.

All of it is about the villages' days (Asia/Shanghai); whether a day is a holiday, the calendar
says. What holds on a day is found in this order: the schedule's own weekdays and hours; then the
rules, of which the last that speaks of the day counts; nothing in a blackout; and a single
exception instead of all that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from services.venues.domain.slot_times import Hours
from shared.contracts.terms import DayType
from shared.core.month_days import falls_within


@dataclass(frozen=True, slots=True)
class Held:
    """What holds on a day. Hours or a capacity that is not said is the schedule's own."""

    closed: bool = False
    hours: Hours | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """Which days a rule speaks of: those on which everything holds that is said here.

    `season` is a first and a last day of every year. A recurrence counts from `first`, or else
    from the schedule's first day.
    """

    weekdays: frozenset[int] | None = None
    day_types: frozenset[DayType] | None = None
    first: date | None = None
    last: date | None = None
    season: tuple[str, str] | None = None
    recurrence: str | None = None

    def include(self, day: date, day_type: DayType) -> bool:
        """Tell whether a day is one of them, the recurrence aside."""
        return (
            (self.weekdays is None or day.isoweekday() in self.weekdays)
            and (self.day_types is None or day_type in self.day_types)
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
            and (self.season is None or falls_within(day, *self.season))
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds on some days."""

    days: Days
    held: Held


@dataclass(frozen=True)
class Schedule:
    """When an offering takes place, from the first to the last day."""

    first_day: date
    last_day: date
    weekdays: frozenset[int]
    hours: Hours
    capacity: int
    rules: Sequence[Rule] = ()
    exceptions: Mapping[date, Held] = field(default_factory=dict)
    blackouts: Sequence[tuple[date, date]] = ()

    @cached_property
    def reads_day_types(self) -> bool:
        """Whether another calendar would make other slots."""
        return any(rule.days.day_types is not None for rule in self.rules)


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A day on which an offering takes place, when, and for how many."""

    day: date
    hours: Hours
    capacity: int

"""What comes in as a schedule: its days and hours, rules, exceptions, and days without."""

from collections.abc import Iterable, Iterator
from datetime import date, time
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from services.venues.domain.recurrence import LONGEST, recurrence_fault
from services.venues.domain.schedules import Days, Held, Rule, Schedule
from services.venues.domain.slot_times import Hours
from services.venues.fields import Name, SlotCapacity
from shared.contracts.terms import DayType
from shared.core.month_days import MonthDay
from shared.http.models import Body, Day

MOST_TIMES: Final = 24
MOST_RULES: Final = 20
MOST_EXCEPTIONS: Final = 100
MOST_BLACKOUTS: Final = 20

Weekday = Annotated[int, Field(ge=1, le=7, description="ISO: 1 is Monday, 7 is Sunday.")]
LocalTime = Annotated[
    str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Local time, HH:MM.")
]
Times = Annotated[
    list[LocalTime],
    Field(max_length=MOST_TIMES, description="When sessions and timed entries begin."),
]


def _recurrence(text: str) -> str:
    fault = recurrence_fault(text)
    if fault is not None:
        raise PydanticCustomError(fault, "Input should be a recurrence rule")
    return text


Recurrence = Annotated[
    str,
    Field(
        max_length=LONGEST,
        description="A recurrence rule of RFC 5545 without `RRULE:`, of days: FREQ is DAILY to "
        "YEARLY, UNTIL a date. It counts from the rule's `from`, or else the schedule's.",
        examples=["FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"],
    ),
    AfterValidator(_recurrence),
]


class Hourly(Body):
    """When on a day: at fixed times, or while it is open."""

    times: Times = Field(default_factory=list)
    opens_at: LocalTime | None = None
    closes_at: LocalTime | None = None

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if len(set(self.times)) < len(self.times):
            raise PydanticCustomError(
                "weekdays_or_times_repeated", "a weekday or a time stands there twice"
            )
        if (self.opens_at is None) != (self.closes_at is None) or (
            self.opens_at and self.closes_at and self.closes_at <= self.opens_at
        ):
            raise PydanticCustomError("closes_before_it_opens", "it closes after it opens")
        return self

    def hours(self) -> Hours:
        """Return when on its days the offering takes place."""
        return Hours(
            tuple(sorted(time.fromisoformat(start) for start in self.times)),
            time.fromisoformat(self.opens_at) if self.opens_at else None,
            time.fromisoformat(self.closes_at) if self.closes_at else None,
        )


class Holding(Hourly):
    """What holds on some days. What is not said is as the schedule has it."""

    closed: bool = False
    capacity: SlotCapacity | None = None

    @model_validator(mode="after")
    def _closed_or_open(self) -> Self:
        if self.closed and (self.says_hours or self.capacity is not None):
            raise PydanticCustomError("closed_or_open", "what is closed has no hours")
        return self

    @property
    def says_hours(self) -> bool:
        """Whether it has hours of its own."""
        return bool(self.times) or self.opens_at is not None

    def held(self) -> Held:
        """Return what holds."""
        return Held(self.closed, self.hours() if self.says_hours else None, self.capacity)


class SeasonOfRule(Body):
    """Two days of every year, both included; the second may be the next year's."""

    first_day: MonthDay = Field(alias="from")
    last_day: MonthDay = Field(alias="until")


class ScheduleRule(Holding):
    """What holds on the days on which all that it says of days is true.

    It names days by at least one of weekdays, day types, dates from and until, a yearly season, and
    a recurrence.
    """

    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] | None = None
    day_types: Annotated[list[DayType], Field(min_length=1, max_length=4)] | None = None
    first_day: Day | None = Field(None, alias="from")
    last_day: Day | None = Field(None, alias="until")
    season: SeasonOfRule | None = None
    rrule: Recurrence | None = None

    @model_validator(mode="after")
    def _names_days(self) -> Self:
        named = (self.weekdays, self.day_types, self.first_day, self.last_day, self.season)
        if self.rrule is None and all(one is None for one in named):
            raise PydanticCustomError("rule_without_days", "a rule speaks of some days")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise PydanticCustomError("ends_before_start", "`until` is before `from`")
        return self

    def rule(self) -> Rule:
        """Return the rule."""
        season = self.season
        days = Days(
            weekdays=frozenset(self.weekdays) if self.weekdays else None,
            day_types=frozenset(self.day_types) if self.day_types else None,
            first=self.first_day,
            last=self.last_day,
            season=(season.first_day, season.last_day) if season else None,
            recurrence=self.rrule,
        )
        return Rule(days, self.held())


class ScheduleException(Holding):
    """What holds on one day, whatever else is said of it; `note` tells people why."""

    day: Day
    note: Name | None = None


class Blackout(Body):
    """Days on which nothing takes place, both included."""

    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="until")
    note: Name | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise PydanticCustomError("ends_before_start", "`until` is before `from`")
        return self


class Plan(Body):
    """What a schedule says beyond its weekdays and hours, as it is kept."""

    rules: Annotated[list[ScheduleRule], Field(max_length=MOST_RULES)] = Field(default_factory=list)
    exceptions: Annotated[list[ScheduleException], Field(max_length=MOST_EXCEPTIONS)] = Field(
        default_factory=list
    )
    blackouts: Annotated[list[Blackout], Field(max_length=MOST_BLACKOUTS)] = Field(
        default_factory=list
    )

    def stored(self) -> dict[str, JsonValue]:
        """Return it as it is stored: what differs from the defaults."""
        return self.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, include=set(Plan.model_fields)
        )


class SetSchedule(Hourly, Plan):
    """On which weekdays, from which day until which (both included), and when on the day.

    Sessions have `times`, tables and entries for the whole day have opening hours (those of
    tables on the quarter), timed entries have `times`, a stay has neither. On some days something
    else can hold: of the `rules` that speak of a day the last one counts, nothing takes place in
    `blackouts`, and `exceptions` are for single days, whatever else is said of them. Rules and
    exceptions without hours or capacity have the schedule's.
    """

    weekdays: Annotated[
        list[Weekday],
        Field(max_length=7, description="None where rules or exceptions say all days."),
    ]
    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="until")
    capacity: SlotCapacity | None = Field(
        None, description="Leave it out where the offering has options: their units say it."
    )
    accept_touched_orders: bool = Field(
        default=False, description="Also where slots are taken away or cut that people booked."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.last_day < self.first_day:
            raise PydanticCustomError("ends_before_start", "`until` is before `from`")
        if len(set(self.weekdays)) < len(self.weekdays):
            raise PydanticCustomError(
                "weekdays_or_times_repeated", "a weekday or a time stands there twice"
            )
        return self

    def holdings(self) -> Iterator[tuple[str, Holding]]:
        """Yield what holds on some days, each with its place in the body."""
        for place, rule in enumerate(self.rules):
            yield f"rules/{place}", rule
        for place, exception in enumerate(self.exceptions):
            yield f"exceptions/{place}", exception


def schedule_of(
    days: tuple[date, date], weekdays: Iterable[int], hours: Hours, capacity: int, plan: Plan
) -> Schedule:
    """Return the schedule from the first to the last of the days as the rules want it."""
    return Schedule(
        first_day=days[0],
        last_day=days[1],
        weekdays=frozenset(weekdays),
        hours=hours,
        capacity=capacity,
        rules=tuple(rule.rule() for rule in plan.rules),
        exceptions={one.day: one.held() for one in plan.exceptions},
        blackouts=tuple((one.first_day, one.last_day) for one in plan.blackouts),
    )

"""Which slots an offering should have from now on: its schedule, read and expanded.

The days up to `settled_until` are decided: those for which slots exist already, and whose year is
known. About later ones nothing is said yet.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final, Self
from uuid import UUID

from services.venues.domain.day_types import DayTypes
from services.venues.domain.openings import open_days, wanted_slots
from services.venues.domain.schedules import Schedule
from services.venues.domain.slot_times import Hours, first_sold, horizon, sold_until
from services.venues.schedule_fields import Plan, schedule_of
from shared.contracts.terms import OfferingKind, UnitOption
from shared.core.clock import local_day
from shared.db import Connection, fetch_all, fetch_first, fetch_one

FIND_SCHEDULES: Final = """
select
    s.offering_id,
    s.weekdays,
    s.times,
    s.opens_at,
    s.closes_at,
    s.first_day,
    s.last_day,
    s.capacity,
    s.plan,
    o.kind,
    o.duration_minutes,
    o.terms -> 'options' as options
from schedules s
join offerings o using (offering_id)
where s.offering_id = any($1::uuid[])
order by s.offering_id
"""

# All years together: there are few, and their days are some dozens each.
FIND_CALENDAR: Final = """
select
    coalesce(array_agg(year), '{}') as years,
    coalesce(sum(version), 0)::bigint as mark,
    coalesce(
        (
            select jsonb_object_agg(day, day_type)
            from calendar_days
            where day between $1 and $2
        ),
        '{}'
    ) as decreed
from calendars
"""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of the years, and the versions of all of them together."""

    years: list[int]
    mark: int
    decreed: dict[str, Any]

    @property
    def day_types(self) -> DayTypes:
        """The years as the rules want them."""
        days = {date.fromisoformat(day): day_type for day, day_type in self.decreed.items()}
        return DayTypes(frozenset(self.years), days)


@dataclass(frozen=True, slots=True)
class Offered:
    """What of an offering decides about its slots; `options` are those of its terms."""

    kind: OfferingKind
    duration_minutes: int | None
    options: list[dict[str, Any]] | None

    @property
    def parts(self) -> list[dict[str, Any]]:
        """How many units of each option a slot has."""
        return [
            {"option": option["code"], "capacity": option["units"]} for option in self.options or ()
        ]


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    """A schedule as it is kept, with its offering."""

    offering_id: UUID
    weekdays: list[int]
    times: list[time]
    opens_at: time | None
    closes_at: time | None
    first_day: date
    last_day: date
    capacity: int
    plan: dict[str, Any]
    kind: OfferingKind
    duration_minutes: int | None
    options: list[dict[str, Any]] | None

    @property
    def schedule(self) -> Schedule:
        """The schedule as the rules want it."""
        hours = Hours(self.times, self.opens_at, self.closes_at)
        plan = Plan.model_validate(self.plan)
        days = (self.first_day, self.last_day)
        return schedule_of(days, self.weekdays, hours, self.capacity, plan)

    @property
    def offered(self) -> Offered:
        """The offering."""
        return Offered(self.kind, self.duration_minutes, self.options)


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """The slots that an offering should have, as columns, and what they were made from."""

    offering_id: UUID
    kind: OfferingKind
    days: list[date]
    starts: list[datetime]
    ends: list[datetime]
    capacities: list[int]
    parts: list[dict[str, Any]]
    capacity: int
    first_day: date
    last_day: date
    settled_until: date
    calendar_mark: int

    @classmethod
    def of(
        cls,
        offering_id: UUID,
        offered: Offered,
        schedule: Schedule,
        calendar: Calendar,
        now: datetime,
        *,
        only: Collection[date] | None = None,
    ) -> Self:
        """Return the plan for all slots that are sold after `now`, of `only` these days or of all.

        With options, their units are the capacity of every slot.
        """
        today = local_day(now)
        settled = settled_until(calendar, today)
        days = open_days(schedule, calendar.day_types, first_sold(today), settled)
        if only is not None:
            days = (one for one in days if one.day in only)
        slots = [
            slot
            for slot in wanted_slots(offered.kind, offered.duration_minutes, days)
            if sold_until(offered.kind, slot.day, slot.starts_at, slot.ends_at) > now
        ]
        units = sum(part["capacity"] for part in offered.parts)
        return cls(
            offering_id=offering_id,
            kind=offered.kind,
            days=[slot.day for slot in slots],
            starts=[slot.starts_at for slot in slots],
            ends=[slot.ends_at for slot in slots],
            capacities=[units or slot.capacity for slot in slots],
            parts=offered.parts,
            capacity=units or schedule.capacity,
            first_day=schedule.first_day,
            last_day=schedule.last_day,
            settled_until=settled,
            calendar_mark=calendar.mark,
        )


async def find_calendar(conn: Connection, now: datetime) -> Calendar:
    """Return what is known of the years whose slots are decided now."""
    today = local_day(now)
    return await fetch_one(conn, Calendar, FIND_CALENDAR, first_sold(today), horizon(today))


def settled_until(calendar: Calendar, today: date) -> date:
    """Return the last day that slots are made for: within the horizon, and in a known year.

    Prices and opening hours depend on what kind of day a day is, so no slot is made that would be
    a guess.
    """
    return min(horizon(today), calendar.day_types.known_until(today))


async def plan_resized(
    conn: Connection,
    offering_id: UUID,
    duration_minutes: int | None,
    options: Sequence[UnitOption] | None,
    now: datetime,
) -> SlotPlan | None:
    """Return the plan of an offering as it would be with another duration or other options.

    None is what it has; without a schedule there is no plan.
    """
    stored = await fetch_first(conn, StoredSchedule, FIND_SCHEDULES, [offering_id])
    if stored is None:
        return None
    offered = Offered(
        stored.kind,
        duration_minutes or stored.duration_minutes,
        stored.options if options is None else [option.model_dump() for option in options],
    )
    calendar = await find_calendar(conn, now)
    return SlotPlan.of(offering_id, offered, stored.schedule, calendar, now)


async def plan_slots(
    conn: Connection, offering_ids: Sequence[UUID], now: datetime
) -> list[SlotPlan]:
    """Return the plans of those offerings that have a schedule."""
    stored = await fetch_all(conn, StoredSchedule, FIND_SCHEDULES, offering_ids)
    if not stored:
        return []
    calendar = await find_calendar(conn, now)
    return [
        SlotPlan.of(one.offering_id, one.offered, one.schedule, calendar, now) for one in stored
    ]

"""What setting a schedule and looking ahead at one have in common: its checks, and its slots."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.venues.domain.recurrence import FARTHEST
from services.venues.domain.schedules import Schedule
from services.venues.domain.slot_times import last_schedulable
from services.venues.schedule_fields import SetSchedule, schedule_of
from services.venues.slot_plans import Offered, SlotPlan, find_calendar
from shared.contracts.terms import OfferingKind
from shared.core.clock import local_day
from shared.core.errors import ValidationFailed
from shared.db import Connection, fetch_one
from shared.http.validation import field_error, invalid

FIND_OFFERED: Final = """
select kind, duration_minutes, terms -> 'options' as options
from offerings
where offering_id = $1
"""

KEEP_SCHEDULE: Final = """
insert into schedules (
    offering_id, kind, weekdays, times, opens_at, closes_at, first_day, last_day, capacity,
    plan, reads_day_types
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict on constraint schedules_pkey do update
set
    weekdays = excluded.weekdays,
    times = excluded.times,
    opens_at = excluded.opens_at,
    closes_at = excluded.closes_at,
    first_day = excluded.first_day,
    last_day = excluded.last_day,
    capacity = excluded.capacity,
    plan = excluded.plan,
    reads_day_types = excluded.reads_day_types,
    edit_version = schedules.edit_version + 1
"""

Fault = tuple[str, str]


@dataclass(frozen=True, slots=True)
class WantedSchedule:
    """A schedule that fits its offering, and the slots that it wants from now on."""

    body: SetSchedule
    kind: OfferingKind
    schedule: Schedule
    slots: SlotPlan

    async def keep(self, conn: Connection) -> None:
        """Put it in place of the one that the offering had. The caller holds the venue's lock."""
        schedule, hours = self.schedule, self.schedule.hours
        await conn.execute(
            KEEP_SCHEDULE,
            self.slots.offering_id,
            self.kind,
            sorted(schedule.weekdays),
            list(hours.times),
            hours.opens_at,
            hours.closes_at,
            schedule.first_day,
            schedule.last_day,
            schedule.capacity,
            self.body.stored(),
            schedule.reads_day_types,
        )


async def want_schedule(
    conn: Connection, offering_id: UUID, body: SetSchedule, now: datetime
) -> WantedSchedule:
    """Return what a schedule would be for an offering that is there.

    Raises ValidationFailed, field by field, for what makes no sense or does not fit the offering.
    """
    latest = last_schedulable(local_day(now))
    if body.last_day > latest:
        raise invalid("body", "/until", "too_late", latest=latest.isoformat())
    if not (body.weekdays or body.rules or body.exceptions):
        raise invalid("body", "/weekdays", "too_few", limit=1)
    offered = await fetch_one(conn, Offered, FIND_OFFERED, offering_id)
    if faults := [*_days_faults(body), *_hours_faults(body, offered)]:
        raise ValidationFailed(
            errors=[field_error("body", f"/{field}", code) for field, code in faults]
        )
    schedule = schedule_of(
        (body.first_day, body.last_day),
        body.weekdays,
        body.hours(),
        _capacity(body, offered.parts),
        body,
    )
    calendar = await find_calendar(conn, now)
    slots = SlotPlan.of(offering_id, offered, schedule, calendar, now)
    return WantedSchedule(body, offered.kind, schedule, slots)


def _days_faults(body: SetSchedule) -> Iterator[Fault]:
    """Yield exceptions that can't be meant, and recurrences that count from too far back."""
    days = [exception.day for exception in body.exceptions]
    for place, day in enumerate(days):
        if day in days[:place]:
            yield f"exceptions/{place}/day", "day_repeated"
        elif not body.first_day <= day <= body.last_day:
            yield f"exceptions/{place}/day", "outside_schedule"
        elif any(one.first_day <= day <= one.last_day for one in body.blackouts):
            yield f"exceptions/{place}/day", "exception_in_blackout"
    for place, rule in enumerate(body.rules):
        anchor = rule.first_day or body.first_day
        if rule.rrule is not None and body.last_day - anchor > FARTHEST:
            yield f"rules/{place}/rrule", "rrule_too_far_back"


def _hours_faults(body: SetSchedule, offered: Offered) -> Iterator[Fault]:
    """Yield hours that do not fit the kind, and capacities that its options say already."""
    kind, duration_minutes = offered.kind, offered.duration_minutes
    yield from body.hours().faults(kind, duration_minutes)
    for place, holding in body.holdings():
        if holding.says_hours:
            for field, code in holding.hours().faults(kind, duration_minutes):
                yield f"{place}/{field}", code
        if holding.capacity is not None and offered.parts:
            yield f"{place}/capacity", "capacity_is_of_options_alone"


def _capacity(body: SetSchedule, parts: list[dict[str, Any]]) -> int:
    """Return the capacity of each slot; with options it is theirs, whether it is said or not."""
    units: int = sum(part["capacity"] for part in parts)
    if units and body.capacity not in {None, units}:
        raise invalid("body", "/capacity", "capacity_is_of_options", units=units)
    capacity = units or body.capacity
    if capacity is None:
        raise invalid("body", "/capacity", "missing")
    return capacity

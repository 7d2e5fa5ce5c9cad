"""Set when an offering takes place; its slots follow."""

from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Final, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.venues.domain.offer_terms import units_in
from services.venues.domain.slot_times import Hours, last_schedulable
from services.venues.fields import SlotCapacity
from services.venues.history import Entry, operator, record_edit
from services.venues.ownership import lock_venue_of_own_offering
from services.venues.paths import OfferingPath
from services.venues.schedule_views import ScheduleView, find_schedule, schedule_view
from services.venues.slots import fit_slots
from shared.contracts.terms import OfferingKind, OfferingTerms
from shared.core.clock import local_day
from shared.core.errors import NotFound, PreconditionRequired, ValidationFailed
from shared.db import Connection, fetch_one, transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Body, Day
from shared.http.route import route
from shared.http.validation import field_error, invalid

MOST_TIMES: Final = 24

Weekday = Annotated[int, Field(ge=1, le=7, description="ISO: 1 is Monday, 7 is Sunday.")]
LocalTime = Annotated[
    str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Local time, HH:MM.")
]


class SetSchedule(Body):
    """On which weekdays, from which day until which (both included), and when on the day.

    Sessions have `times`, tables and entries for the whole day have opening hours (those of
    tables on the quarter), timed entries have `times`, a stay has neither.
    """

    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    times: Annotated[
        list[LocalTime],
        Field(max_length=MOST_TIMES, description="When sessions and timed entries begin."),
    ] = Field(default_factory=list)
    opens_at: LocalTime | None = None
    closes_at: LocalTime | None = None
    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="until")
    capacity: SlotCapacity | None = Field(
        None, description="Leave it out where the offering has options: their units say it."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.last_day < self.first_day:
            raise PydanticCustomError("ends_before_start", "`until` is before `from`")
        if len(set(self.weekdays)) < len(self.weekdays) or len(set(self.times)) < len(self.times):
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
            sorted(time.fromisoformat(start) for start in self.times),
            time.fromisoformat(self.opens_at) if self.opens_at else None,
            time.fromisoformat(self.closes_at) if self.closes_at else None,
        )


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What an offering's schedule has to fit."""

    kind: OfferingKind
    duration_minutes: int | None
    terms: OfferingTerms


FIND: Final = "select kind, duration_minutes, terms from offerings where offering_id = $1"

SET: Final = """
insert into schedules (
    offering_id, kind, weekdays, times, opens_at, closes_at, first_day, last_day, capacity
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict on constraint schedules_pkey do update
set
    weekdays = excluded.weekdays,
    times = excluded.times,
    opens_at = excluded.opens_at,
    closes_at = excluded.closes_at,
    first_day = excluded.first_day,
    last_day = excluded.last_day,
    capacity = excluded.capacity,
    edit_version = schedules.edit_version + 1
"""


@route(
    "PUT",
    "/v1/offerings/{offering_id}/schedule",
    access=may("schedule.change"),
    errors=(NotFound, PreconditionRequired),
)
async def set_schedule(
    request: web.Request,
    caller: Caller,
    path: OfferingPath,
    body: SetSchedule,
    if_match: IfMatch,
) -> Versioned[ScheduleView]:
    """Set the schedule of an offering of the caller's, in place of the one that it had.

    Slots of the next 90 days are made, changed or withdrawn at once, the later ones as their
    days come near. What has begun stays as it was, and what was sold stays sold. The same
    schedule again changes nothing. One that is replaced has to be read first: If-Match names it.
    """
    now = request.app[CLOCK].now()
    _check_reach(body.last_day, local_day(now))
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_venue_of_own_offering(conn, path.offering_id, caller, "schedule.change")
        before = await find_schedule(conn, path.offering_id, now)
        if_match.check_replacement(before.version if before else None)
        await _set(conn, path.offering_id, body)
        await fit_slots(conn, venue, [path.offering_id], now)
        after = await schedule_view(conn, path.offering_id, now)
        entry = Entry(what="schedule_set", venue_id=venue.venue_id, offering_id=path.offering_id)
        author = operator(caller)
        await record_edit(conn, request.app, author, entry, before=before, after=after)
    return Versioned(after, after.version)


def _check_reach(last_day: date, today: date) -> None:
    latest = last_schedulable(today)
    if last_day > latest:
        raise invalid("body", "/until", "too_late", latest=latest.isoformat())


async def _set(conn: Connection, offering_id: UUID, body: SetSchedule) -> None:
    offering = await fetch_one(conn, Scheduled, FIND, offering_id)
    hours = body.hours()
    if faults := hours.faults(offering.kind, offering.duration_minutes):
        raise ValidationFailed(
            errors=[field_error("body", f"/{field}", code) for field, code in faults]
        )
    await conn.execute(
        SET,
        offering_id,
        offering.kind,
        sorted(body.weekdays),
        hours.times,
        hours.opens_at,
        hours.closes_at,
        body.first_day,
        body.last_day,
        _capacity(body, units_in(offering.terms)),
    )


def _capacity(body: SetSchedule, units: int | None) -> int:
    """Return the capacity of each slot; with options it is theirs, whether it is said or not."""
    if units is not None and body.capacity not in {None, units}:
        raise invalid("body", "/capacity", "capacity_is_of_options", units=units)
    capacity = body.capacity if units is None else units
    if capacity is None:
        raise invalid("body", "/capacity", "missing")
    return capacity

"""Set when an offering takes place; its slots follow."""

from datetime import date, time
from typing import Annotated, Final, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.venues.domain.slot_times import last_schedulable
from services.venues.fields import SlotCapacity
from services.venues.ownership import lock_venue_of_own_offering
from services.venues.paths import OfferingPath
from services.venues.schedule_views import ScheduleView, schedule_view
from services.venues.slots import fit_slots
from shared.contracts.terms import OfferingKind
from shared.core.clock import local_day
from shared.core.errors import NotFound
from shared.db import Connection, transaction
from shared.http.access import OPERATOR, Caller
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Body, Day
from shared.http.route import route
from shared.http.validation import invalid

MOST_TIMES: Final = 24

Weekday = Annotated[int, Field(ge=1, le=7, description="ISO: 1 is Monday, 7 is Sunday.")]
StartTime = Annotated[
    str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Local time, HH:MM.")
]


class SetSchedule(Body):
    """On which weekdays, from which day until which (both included), and when on the day."""

    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    times: Annotated[
        list[StartTime],
        Field(max_length=MOST_TIMES, description="When sessions begin; a stay has none."),
    ] = Field(default_factory=list)
    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="until")
    capacity: SlotCapacity

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.last_day < self.first_day:
            raise PydanticCustomError("ends_before_start", "`until` is before `from`")
        if len(set(self.weekdays)) < len(self.weekdays) or len(set(self.times)) < len(self.times):
            raise PydanticCustomError(
                "weekdays_or_times_repeated", "a weekday or a time stands there twice"
            )
        return self


FIND_KIND: Final = "select kind from offerings where offering_id = $1"

SET: Final = """
insert into schedules (offering_id, kind, weekdays, times, first_day, last_day, capacity)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict on constraint schedules_pkey do update
set
    weekdays = excluded.weekdays,
    times = excluded.times,
    first_day = excluded.first_day,
    last_day = excluded.last_day,
    capacity = excluded.capacity
"""


@route("PUT", "/v1/offerings/{offering_id}/schedule", access=OPERATOR, errors=(NotFound,))
async def set_schedule(
    request: web.Request, caller: Caller, path: OfferingPath, body: SetSchedule
) -> ScheduleView:
    """Set the schedule of an offering of the caller's, in place of the one that it had.

    Slots of the next 90 days are made, changed or withdrawn at once, the later ones as their
    days come near. What has begun stays as it was, and what was sold stays sold. The same
    schedule again changes nothing.
    """
    now = request.app[CLOCK].now()
    _check_reach(body.last_day, local_day(now))
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_venue_of_own_offering(conn, path.offering_id, caller)
        await _set(conn, path.offering_id, body)
        await fit_slots(conn, venue, [path.offering_id], now)
        return await schedule_view(conn, path.offering_id, now)


def _check_reach(last_day: date, today: date) -> None:
    latest = last_schedulable(today)
    if last_day > latest:
        raise invalid("body", "/until", "too_late", latest=latest.isoformat())


async def _set(conn: Connection, offering_id: UUID, body: SetSchedule) -> None:
    kind: OfferingKind = await conn.fetchval(FIND_KIND, offering_id)
    if (kind == "session") != bool(body.times):
        raise invalid("body", "/times", "times_unfit")
    await conn.execute(
        SET,
        offering_id,
        kind,
        sorted(body.weekdays),
        sorted(time.fromisoformat(start) for start in body.times),
        body.first_day,
        body.last_day,
        body.capacity,
    )

"""What the service shows of a schedule."""

from datetime import date, datetime, time
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, PlainSerializer

from services.venues.domain.slot_times import horizon
from services.venues.schedule_fields import Blackout, ScheduleException, ScheduleRule
from shared.core.clock import local_day
from shared.core.errors import NotFound
from shared.db import Connection, fetch_first
from shared.http.models import Reply

ClockTime = Annotated[
    time,
    PlainSerializer(lambda start: start.strftime("%H:%M"), return_type=str),
    Field(json_schema_extra={"format": "", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}),
]


class ScheduleView(Reply):
    """When an offering takes place, in the villages' days and hours (Asia/Shanghai).

    `times` are fixed times; `opens_at` and `closes_at` the opening hours of what has none.
    `capacity` is that of each slot, where the offering has options the sum of their units.
    What else holds on some days stands in `rules`, `exceptions` and `blackouts`. `slots` counts the
    slots that are still sold. They exist up to `slots_until`, 90 days ahead at most; the rest of
    the schedule follows day by day, but for a year whose holidays are not decreed yet: that is the
    one in `waits_for_year`. `version` counts edits, for ETag and If-Match.
    """

    offering_id: UUID
    weekdays: tuple[int, ...]
    times: tuple[ClockTime, ...]
    opens_at: ClockTime | None
    closes_at: ClockTime | None
    first_day: Annotated[date, Field(alias="from")]
    last_day: Annotated[date, Field(alias="until")]
    capacity: int
    rules: tuple[ScheduleRule, ...]
    exceptions: tuple[ScheduleException, ...]
    blackouts: tuple[Blackout, ...]
    slots: int
    slots_until: date | None
    waits_for_year: int | None
    version: int


SCHEDULE: Final = """
select
    s.offering_id,
    s.weekdays,
    s.times,
    s.opens_at,
    s.closes_at,
    s.first_day,
    s.last_day,
    s.capacity,
    coalesce(s.plan -> 'rules', '[]') as rules,
    coalesce(s.plan -> 'exceptions', '[]') as exceptions,
    coalesce(s.plan -> 'blackouts', '[]') as blackouts,
    (
        select count(*)
        from slots
        join offerings o using (offering_id)
        where
            offering_id = s.offering_id
            and slots.offered
            and is_still_sold(o.kind, slots.day, slots.starts_at, slots.ends_at, $2)
    ) as slots,
    s.slots_until,
    (
        select min(years.year)
        from generate_series(
            extract(year from $3::date)::integer,
            extract(year from least(s.last_day, $4::date))::integer
        ) as years (year)
        where not exists (select from calendars c where c.year = years.year)
    ) as waits_for_year,
    s.edit_version as version
from schedules s
where s.offering_id = $1
"""


async def schedule_view(conn: Connection, offering_id: UUID, now: datetime) -> ScheduleView:
    """Return the schedule of an offering, whoever asks. Raises NotFound."""
    view = await find_schedule(conn, offering_id, now)
    if view is None:
        raise NotFound
    return view


async def find_schedule(conn: Connection, offering_id: UUID, now: datetime) -> ScheduleView | None:
    """Return the schedule of an offering, or None where none is set."""
    today = local_day(now)
    return await fetch_first(conn, ScheduleView, SCHEDULE, offering_id, now, today, horizon(today))

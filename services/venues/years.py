"""Which years are known, and which schedules wait for one that is not."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.venues.domain.slot_times import horizon, last_schedulable
from shared.core.clock import local_day
from shared.db import Connection, fetch_all
from shared.http.models import Reply

KNOWN: Final = """
select calendar_id, year, version, source
from calendars
order by year
"""

# $1 today, $2 the last day for which slots are made, $3 the last that a schedule may name.
MISSING: Final = """
select
    missing.year,
    count(*) filter (
        where s.first_day <= $2 and least(s.last_day, $2) >= make_date(missing.year, 1, 1)
    )::integer as waiting,
    count(*)::integer as offerings
from generate_series(
    extract(year from $1::date)::integer, extract(year from $3::date)::integer
) as missing (year)
join schedules s
    on s.last_day >= greatest(make_date(missing.year, 1, 1), $1)
    and s.first_day <= make_date(missing.year, 12, 31)
where not exists (select from calendars where calendars.year = missing.year)
group by missing.year
order by missing.year
"""


class KnownYear(Reply):
    """A year whose days are decreed, by which notice; `version` counts corrections."""

    calendar_id: UUID
    year: int
    version: int
    source: str


class MissingYear(Reply):
    """A year that nobody has entered, and the offerings whose schedules reach into it.

    `waiting` counts those that would have slots in it already: they are not made until it is known.
    """

    year: int
    waiting: int
    offerings: int


async def known_years(conn: Connection) -> list[KnownYear]:
    """Return all years that are known, in their order."""
    return await fetch_all(conn, KnownYear, KNOWN)


async def missing_years(conn: Connection, now: datetime) -> list[MissingYear]:
    """Return the years from this one on that schedules reach into and that are not known."""
    today: date = local_day(now)
    return await fetch_all(
        conn, MissingYear, MISSING, today, horizon(today), last_schedulable(today)
    )

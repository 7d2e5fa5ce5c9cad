"""The days of a year were decreed, or the decree was corrected: keep their day types."""

from typing import Final

from shared.contracts.event import Envelope
from shared.contracts.venues import CalendarPublished
from shared.db import Connection

KEEP_YEAR: Final = """
insert into calendar_years (year, version)
values ($1, $2)
on conflict (year) do update
set version = excluded.version
where calendar_years.version < excluded.version
returning year
"""

FORGET_DAYS: Final = "delete from calendar_days where year = $1"

KEEP_DAYS: Final = """
insert into calendar_days (day, year, day_type)
select day, $1, day_type
from unnest($2::date[], $3::text[]) as decreed (day, day_type)
"""


async def on_calendar_published(
    conn: Connection, event: CalendarPublished, envelope: Envelope
) -> None:
    """Replace what is known of the year. Orders keep the prices that they have."""
    if await conn.fetchval(KEEP_YEAR, event.year, envelope.version) is None:
        return
    await conn.execute(FORGET_DAYS, event.year)
    await conn.execute(
        KEEP_DAYS,
        event.year,
        [day.day for day in event.days],
        [day.day_type for day in event.days],
    )

"""Keeping the days of a year, and telling the others of them: all of it, each time."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.venues import slot_alarm
from services.venues.telling import tell
from shared.contracts.venues import CalendarDay, CalendarPublished
from shared.db import Connection, after_commit

# Of several who begin a year at once one does; the others wait for it, and find the year there.
BEGIN_YEAR: Final = """
insert into calendars (calendar_id, year, source)
values ($1, $2, $3)
on conflict on constraint calendars_year_is_unique do nothing
returning calendar_id
"""

DROP_DAYS: Final = "delete from calendar_days where year = $1"

KEEP_DAYS: Final = """
insert into calendar_days (day, year, day_type, name)
select day, $1, day_type, name
from unnest($2::date[], $3::text[], $4::jsonb[]) as decreed (day, day_type, name)
"""

PUBLISH_YEAR: Final = """
update calendars c
set source = $2, version = c.version + 1
where c.year = $1
returning
    c.calendar_id,
    c.year,
    c.source,
    coalesce(
        (
            select
                jsonb_agg(
                    jsonb_build_object('day', day, 'day_type', day_type, 'name', name)
                    order by day
                )
            from calendar_days
            where year = c.year
        ),
        '[]'
    ) as days,
    c.version
"""


KEEP_VERSION: Final = """
insert into calendar_versions (year, version, source, days, published_by)
values ($1, $2, $3, $4, $5)
"""

# Of several who change a year one goes first; the others see what it made of the year.
LOCK_YEAR: Final = "select version from calendars where year = $1 for no key update"


async def begin_year(conn: Connection, calendar_id: UUID, year: int, source: str) -> bool:
    """Enter a year that is not there yet; return whether it was this call that did it."""
    return await conn.fetchval(BEGIN_YEAR, calendar_id, year, source) is not None


async def publish_year(
    conn: Connection,
    year: int,
    source: str,
    days: Sequence[CalendarDay],
    published_by: UUID | None = None,
) -> None:
    """Make these the decreed days of a year that is there, keep the version, and tell of it.

    Slots that waited for the year are made right after. The caller holds the lock on the
    calendar's row, or has just made it.
    """
    await conn.execute(DROP_DAYS, year)
    await conn.execute(
        KEEP_DAYS,
        year,
        [decreed.day for decreed in days],
        [decreed.day_type for decreed in days],
        [decreed.name.model_dump() for decreed in days],
    )
    rows = await conn.fetch(PUBLISH_YEAR, year, source)
    await tell(conn, CalendarPublished, "calendar_id", rows)
    for row in rows:
        await conn.execute(
            KEEP_VERSION, year, row["version"], row["source"], row["days"], published_by
        )
    after_commit(conn, slot_alarm.wake)

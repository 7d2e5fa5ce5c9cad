"""What the service shows of a year's days."""

from typing import Final
from uuid import UUID

from services.venues.errors import CalendarYearUnknown
from shared.contracts.venues import CalendarDay
from shared.db import Connection, fetch_first
from shared.http.models import Reply


class CalendarView(Reply):
    """The decreed days of a year, and by which notice they were decreed.

    All other days are workdays from Monday to Friday, else weekend. `version` counts corrections.
    """

    calendar_id: UUID
    year: int
    source: str
    days: tuple[CalendarDay, ...]
    version: int


CALENDAR: Final = """
select
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
from calendars c
where c.year = $1
"""


async def calendar_view(conn: Connection, year: int) -> CalendarView:
    """Return the days of a year, whoever asks. Raises CalendarYearUnknown."""
    view = await fetch_first(conn, CalendarView, CALENDAR, year)
    if view is None:
        raise CalendarYearUnknown(year=year)
    return view

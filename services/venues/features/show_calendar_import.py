"""Show a year that was read from a file, and what it changes."""

from aiohttp import web

from services.venues.calendar_effects import calendar_effect, effect_view
from services.venues.calendar_imports import CalendarImportView, find_import, import_view
from services.venues.paths import CalendarImportPath
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import may
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route


@route(
    "GET",
    "/v1/calendar-imports/{import_id}",
    access=may("calendar.change"),
    errors=(NotFound,),
)
async def show_calendar_import(
    request: web.Request, path: CalendarImportPath
) -> CalendarImportView:
    """Show an import with what it would change; its slots are counted as they are now.

    Orders are counted by bookings: while it is away, an import that takes away or cuts what was on
    sale can't be shown.
    """
    now = request.app[CLOCK].now()
    async with acquire(request.app[DATABASE]) as conn:
        found = await find_import(conn, path.import_id)
        effect = await calendar_effect(conn, found.year, found.days, now)
    shown = await effect_view(request.app, None if found.approved_at else effect)
    async with acquire(request.app[DATABASE]) as conn:
        return await import_view(conn, path.import_id, now, shown)

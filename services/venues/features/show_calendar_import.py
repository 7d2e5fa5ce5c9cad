"""Show a year that was read from a file, and what it changes."""

from aiohttp import web

from services.venues.calendar_imports import CalendarImportView, import_view
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
    """Show an import with what it would change; its slots are counted as they are now."""
    async with acquire(request.app[DATABASE]) as conn:
        return await import_view(conn, path.import_id, request.app[CLOCK].now())

"""Let an imported year count, where it is still what was previewed."""

from typing import Final

from aiohttp import web

from services.venues.calendar_imports import find_import
from services.venues.calendar_views import CalendarView, calendar_view
from services.venues.calendar_writing import LOCK_YEAR, begin_year, publish_year
from services.venues.errors import CalendarChangedSince, CalendarImportApproved
from services.venues.paths import CalendarImportPath
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.route import route
from shared.messaging import audit

# Of several approvals at once one does it.
APPROVE: Final = """
update calendar_imports
set approved_by = $2, approved_at = $3
where import_id = $1 and approved_at is null
returning import_id
"""


@route(
    "POST",
    "/v1/calendar-imports/{import_id}/approvals",
    access=may("calendar.change"),
    status=201,
    idempotent=True,
    errors=(NotFound, CalendarChangedSince, CalendarImportApproved),
)
async def approve_calendar_import(
    request: web.Request, caller: Caller, path: CalendarImportPath, idempotency: Idempotency
) -> CalendarView:
    """Make an import the days of its year, and tell the others; slots that waited for it follow.

    It goes through only while the year is as it was when the import was previewed.
    """
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, CalendarView):
            return earlier
        found = await find_import(conn, path.import_id)
        is_new = await begin_year(conn, request.app[IDS].new(), found.year, found.source)
        version: int = await conn.fetchval(LOCK_YEAR, found.year)
        now = request.app[CLOCK].now()
        if await conn.fetchval(APPROVE, path.import_id, caller.person, now) is None:
            raise CalendarImportApproved
        if found.based_on != (0 if is_new else version):
            raise CalendarChangedSince(year=found.year, version=version)
        await publish_year(conn, found.year, found.source, found.days, caller.person)
        await audit.record(
            conn,
            caller,
            action="calendar.import_approved",
            subject=path.import_id,
            details={"year": found.year, "days": len(found.days)},
        )
        return await idempotency.keep(conn, await calendar_view(conn, found.year))

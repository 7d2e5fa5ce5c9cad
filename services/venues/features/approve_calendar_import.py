"""Let an imported year count, where it is still what was previewed."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.calendar_effects import keep_booked_meanwhile, unasked
from services.venues.calendar_imports import CalendarImport, find_import
from services.venues.calendar_views import CalendarView, calendar_view
from services.venues.calendar_writing import LOCK_YEAR, begin_year, publish_year
from services.venues.errors import (
    CalendarChangedSince,
    CalendarImportApproved,
    CalendarTouchesTooMuch,
    ScheduleTouchesOrders,
)
from services.venues.paths import CalendarImportPath
from services.venues.slot_changes import TouchedSlot
from services.venues.touched_orders import AcceptQuery, Unasked, unless_touched
from shared.core.errors import NotFound
from shared.db import Connection, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.route import route
from shared.messaging import audit

APPROVE: Final = """
update calendar_imports
set approved_by = $2, approved_at = $3
where import_id = $1
"""


@dataclass(frozen=True, slots=True)
class Approval:
    """One request to approve an import: who approves which, and whatever it touches or not."""

    app: web.Application
    caller: Caller
    import_id: UUID
    query: AcceptQuery
    idempotency: Idempotency


@route(
    "POST",
    "/v1/calendar-imports/{import_id}/approvals",
    access=may("calendar.change"),
    status=201,
    idempotent=True,
    errors=(
        NotFound,
        CalendarChangedSince,
        CalendarImportApproved,
        ScheduleTouchesOrders,
        CalendarTouchesTooMuch,
    ),
)
async def approve_calendar_import(
    request: web.Request,
    caller: Caller,
    path: CalendarImportPath,
    query: AcceptQuery,
    idempotency: Idempotency,
) -> CalendarView:
    """Make an import the days of its year, and tell the others; slots that waited for it follow.

    It goes through only while the year is as it was when the import was previewed. Schedules that
    ask what kind of day it is follow it: where slots would go that people have booked, nothing
    changes, and the answer counts their orders, unless `accept_touched_orders` says that it is
    meant. To know, bookings is asked: while it is away, such a year can't be approved.
    """
    approval = Approval(request.app, caller, path.import_id, query, idempotency)
    made = await unless_touched(request.app, partial(_approve_unless_touching, approval))
    await keep_booked_meanwhile(request.app, caller, made.answer.year, made.meanwhile)
    return made.answer


async def _approve_unless_touching(
    approval: Approval, asked: frozenset[TouchedSlot]
) -> CalendarView | Unasked:
    """Approve it, or return the slots about whose orders bookings has to be asked first."""
    app, idempotency = approval.app, approval.idempotency
    now = app[CLOCK].now()
    async with transaction(app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, CalendarView):
            return earlier
        found = await _lock(conn, app, approval.import_id)
        if found.based_on and not approval.query.accept_touched_orders:
            touched = await unasked(conn, found.year, found.days, now, asked)
            if touched is not None:
                return touched
        await _approve(conn, approval, found, now)
        return await idempotency.keep(conn, await calendar_view(conn, found.year))


async def _lock(conn: Connection, app: web.Application, import_id: UUID) -> CalendarImport:
    """Lock the year of an import that can still be approved; of several at once one goes first.

    Raises NotFound, CalendarImportApproved and CalendarChangedSince.
    """
    found = await find_import(conn, import_id)
    is_new = await begin_year(conn, app[IDS].new(), found.year, found.source)
    version: int = await conn.fetchval(LOCK_YEAR, found.year)
    # It may have been approved while we waited for the lock.
    found = await find_import(conn, import_id)
    if found.approved_at is not None:
        raise CalendarImportApproved
    if found.based_on != (0 if is_new else version):
        raise CalendarChangedSince(year=found.year, version=version)
    return found


async def _approve(
    conn: Connection, approval: Approval, found: CalendarImport, now: datetime
) -> None:
    caller = approval.caller
    await conn.execute(APPROVE, found.import_id, caller.person, now)
    await publish_year(conn, found.year, found.source, found.days, caller.person)
    await audit.record(
        conn,
        caller,
        action="calendar.import_approved",
        subject=found.import_id,
        details={
            "year": found.year,
            "days": len(found.days),
            "accepted_touched_orders": approval.query.accept_touched_orders,
        },
    )

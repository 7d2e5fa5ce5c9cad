"""Enter the days of a year as they are decreed, or correct them."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from services.venues.calendar_effects import keep_booked_meanwhile, unasked
from services.venues.calendar_views import CalendarView, calendar_view
from services.venues.calendar_writing import LOCK_YEAR, begin_year, publish_year
from services.venues.domain.calendar import DecreedType, calendar_faults
from services.venues.errors import CalendarTouchesTooMuch, ScheduleTouchesOrders
from services.venues.fields import CalendarSource, Name
from services.venues.paths import CalendarPath
from services.venues.slot_changes import TouchedSlot
from services.venues.touched_orders import AcceptQuery, Unasked, unless_touched
from shared.contracts.venues import CalendarDay
from shared.core.errors import PreconditionFailed, PreconditionRequired, ValidationFailed
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body, Day
from shared.http.route import route
from shared.http.validation import field_error
from shared.messaging import audit

MOST_DAYS: Final = 366


class DecreedDay(Body):
    """A day off, or a Saturday or Sunday that is a workday."""

    day: Day
    day_type: DecreedType
    name: Name


class SetCalendar(Body):
    """All decreed days of a year, and the notice that decrees them."""

    source: CalendarSource
    days: Annotated[list[DecreedDay], Field(min_length=1, max_length=MOST_DAYS)]


@dataclass(frozen=True, slots=True)
class Setting:
    """One request to set a year: who asks for what, having read what."""

    app: web.Application
    caller: Caller
    year: int
    body: SetCalendar
    query: AcceptQuery
    if_match: IfMatch

    @property
    def days(self) -> list[CalendarDay]:
        """The days as they are told."""
        return [CalendarDay(**dict(decreed)) for decreed in self.body.days]


@route(
    "PUT",
    "/v1/calendars/{year}",
    access=may("calendar.change"),
    errors=(
        PreconditionFailed,
        PreconditionRequired,
        ScheduleTouchesOrders,
        CalendarTouchesTooMuch,
    ),
)
async def set_calendar(
    request: web.Request,
    caller: Caller,
    path: CalendarPath,
    body: SetCalendar,
    query: AcceptQuery,
    *,
    if_match: IfMatch,
) -> Versioned[CalendarView]:
    """Make these the decreed days of a year, in place of all that it had, and tell the others.

    Days are bookable only in years that are known. Orders that stand keep their prices and refund
    rules. A year that is known has to be read first: If-Match names it. Schedules that ask what
    kind of day it is follow it: where slots would go that people have booked, nothing changes, and
    the answer counts their orders, unless `accept_touched_orders` says that it is meant. To know,
    bookings is asked: while it is away, such a year can't be set.
    """
    if faults := calendar_faults(path.year, body.days):
        raise ValidationFailed(
            errors=[field_error("body", f"/{field}", code) for field, code in faults]
        )
    setting = Setting(request.app, caller, path.year, body, query, if_match)
    made = await unless_touched(request.app, partial(_set_unless_touching, setting))
    await keep_booked_meanwhile(request.app, caller, path.year, made.meanwhile)
    return Versioned(made.answer, made.answer.version)


async def _set_unless_touching(
    setting: Setting, asked: frozenset[TouchedSlot]
) -> CalendarView | Unasked:
    """Set the year, or return the slots about whose orders bookings has to be asked first."""
    app, year, days = setting.app, setting.year, setting.days
    async with transaction(app[DATABASE]) as conn:
        is_new = await begin_year(conn, app[IDS].new(), year, setting.body.source)
        version: int = await conn.fetchval(LOCK_YEAR, year)
        setting.if_match.check_replacement(None if is_new else version)
        if not is_new and not setting.query.accept_touched_orders:
            touched = await unasked(conn, year, days, app[CLOCK].now(), asked)
            if touched is not None:
                return touched
        await publish_year(conn, year, setting.body.source, days, setting.caller.account_id)
        await audit.record(
            conn,
            setting.caller,
            action="calendar.set",
            subject=str(year),
            details={
                "days": len(days),
                "version_before": None if is_new else version,
                "accepted_touched_orders": setting.query.accept_touched_orders,
            },
        )
        return await calendar_view(conn, year)

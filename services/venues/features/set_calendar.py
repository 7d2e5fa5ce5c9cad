"""Enter the days of a year as they are decreed, or correct them."""

from typing import Annotated, Final

from aiohttp import web
from pydantic import AfterValidator, Field

from services.venues.calendar_views import CalendarView, calendar_view
from services.venues.calendar_writing import LOCK_YEAR, begin_year, publish_year
from services.venues.domain.calendar import DecreedType, calendar_faults
from services.venues.fields import Name
from services.venues.paths import CalendarPath
from shared.contracts.venues import CalendarDay
from shared.core.errors import PreconditionFailed, ValidationFailed
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body, Day, line
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

    source: Annotated[
        str,
        AfterValidator(line(300)),
        Field(min_length=1, description="The notice.", examples=["国办发明电〔2025〕7号"]),
    ]
    days: Annotated[list[DecreedDay], Field(min_length=1, max_length=MOST_DAYS)]


@route("PUT", "/v1/calendars/{year}", access=may("calendar.change"), errors=(PreconditionFailed,))
async def set_calendar(
    request: web.Request, caller: Caller, path: CalendarPath, body: SetCalendar, if_match: IfMatch
) -> Versioned[CalendarView]:
    """Make these the decreed days of a year, in place of all that it had, and tell the others.

    Days are bookable only in years that are known. Orders that stand keep their prices and refund
    rules. With If-Match the change goes through only where the year is there, and nobody else
    changed it in between; without the header the last one wins.
    """
    if faults := calendar_faults(path.year, body.days):
        raise ValidationFailed(
            errors=[field_error("body", f"/{field}", code) for field, code in faults]
        )
    days = [CalendarDay(**dict(decreed)) for decreed in body.days]
    async with transaction(request.app[DATABASE]) as conn:
        is_new = await begin_year(conn, request.app[IDS].new(), path.year, body.source)
        version: int = await conn.fetchval(LOCK_YEAR, path.year)
        if is_new and if_match.header is not None:
            raise PreconditionFailed
        if_match.check(version)
        await publish_year(conn, path.year, body.source, days, caller.account_id)
        await audit.record(
            conn,
            caller,
            action="calendar.set",
            subject=str(path.year),
            details={"days": len(days), "version_before": None if is_new else version},
        )
        view = await calendar_view(conn, path.year)
    return Versioned(view, view.version)

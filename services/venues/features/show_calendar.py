"""Show what kind of days the days of a year are."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from services.venues.caching import readable
from services.venues.calendar_views import CalendarView, calendar_view
from services.venues.domain.calendar import FIRST_YEAR, LAST_YEAR
from services.venues.errors import CalendarYearUnknown
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import DATABASE
from shared.http.models import Query
from shared.http.route import route


class CalendarQuery(Query):
    """Which year."""

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


@route("GET", "/v1/calendar", access=may("public.read"), errors=(CalendarYearUnknown,))
async def show_calendar(
    request: web.Request, caller: Caller | None, query: CalendarQuery
) -> Versioned[CalendarView] | web.Response:
    """Show a year's public holidays, and the weekend days that are workdays in exchange.

    A year whose days are not decreed yet is unknown, never guessed: nothing can be booked in it.
    """
    async with acquire(request.app[DATABASE]) as conn:
        view = await calendar_view(conn, query.year)
    return readable(request, caller, view, view.version)

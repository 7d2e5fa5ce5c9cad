"""Give what is on of an offering as a calendar file."""

from typing import Final

from aiohttp import web

from services.venues.calendar_files import calendar_answer, programme_of, visible_place
from services.venues.paths import OfferingPath
from shared.core.errors import NotFound
from shared.core.localized import Language
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Query
from shared.http.route import route

DEFAULT: Final[Language] = "zh"


class OfferingCalendarQuery(Query):
    """In which language its texts are."""

    language: Language = DEFAULT


@route(
    "GET",
    "/v1/offerings/{offering_id}/calendar.ics",
    access=may("public.read"),
    errors=(NotFound,),
    produces="text/calendar",
)
async def show_offering_calendar(
    request: web.Request, caller: Caller | None, path: OfferingPath, query: OfferingCalendarQuery
) -> web.Response:
    """Give the next 90 days of an offering as an iCalendar file (RFC 5545).

    What has no places left is busy time, so that other channels that follow the file do not sell
    it; all else is transparent. Whoever sees the offering sees it.
    """
    async with acquire(request.app[DATABASE]) as conn:
        place = await visible_place(conn, caller, None, path.offering_id)
        now = request.app[CLOCK].now()
        programme = await programme_of(conn, place.venue_id, path.offering_id, now)
    return await calendar_answer(request, caller, place, programme, query.language)

"""Give what is on at a venue as a calendar file."""

from typing import Final

from aiohttp import web

from services.venues.calendar_files import calendar_answer, programme_of, visible_place
from services.venues.paths import VenuePath
from shared.core.errors import NotFound
from shared.core.localized import Language
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Query
from shared.http.route import route

DEFAULT: Final[Language] = "zh"


class VenueCalendarQuery(Query):
    """In which language its texts are."""

    language: Language = DEFAULT


@route(
    "GET",
    "/v1/venues/{venue_id}/calendar.ics",
    access=may("public.read"),
    errors=(NotFound,),
    produces="text/calendar",
)
async def show_venue_calendar(
    request: web.Request, caller: Caller | None, path: VenuePath, query: VenueCalendarQuery
) -> web.Response:
    """Give the next 90 days of a venue as an iCalendar file (RFC 5545), to follow or to keep.

    What has no places left is busy time; all else is transparent. A venue with more than 5,000
    events has fewer days, of all its offerings alike; X-WR-CALDESC names the last one. Whoever
    sees the venue sees it.
    """
    async with acquire(request.app[DATABASE]) as conn:
        place = await visible_place(conn, caller, path.venue_id, None)
        now = request.app[CLOCK].now()
        programme = await programme_of(conn, place.venue_id, None, now)
    return await calendar_answer(request, caller, place, programme, query.language)

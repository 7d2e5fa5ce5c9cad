"""Show the schedule of an offering to those who run it."""

from typing import Final

from aiohttp import web

from services.venues.ownership import reads_always
from services.venues.paths import OfferingPath
from services.venues.schedule_views import ScheduleView, schedule_view
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route

FIND_VENUE: Final = """
select v.organisation_id, v.venue_id
from offerings o
join venues v using (venue_id)
where o.offering_id = $1
"""


@route(
    "GET",
    "/v1/offerings/{offering_id}/schedule",
    access=may("venue.read"),
    errors=(NotFound,),
)
async def show_schedule(
    request: web.Request, caller: Caller, path: OfferingPath
) -> Versioned[ScheduleView]:
    """Show when an offering takes place, to its operator and the office; 404 where none is set."""
    async with acquire(request.app[DATABASE]) as conn:
        venue = await conn.fetchrow(FIND_VENUE, path.offering_id)
        if venue is None or not reads_always(caller, venue["organisation_id"], venue["venue_id"]):
            raise NotFound
        view = await schedule_view(conn, path.offering_id, request.app[CLOCK].now())
    return Versioned(view, view.version)

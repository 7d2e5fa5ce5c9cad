"""List the times in which a venue is shut, or something of it."""

from typing import Final

from aiohttp import web

from services.venues.caching import readable
from services.venues.closures.showing import ClosedRange, closed_ranges
from services.venues.domain.life import State
from services.venues.ownership import sees
from services.venues.paths import VenuePath
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Page
from shared.http.route import route

FIND_VENUE: Final = "select village_id, organisation_id, state from venues where venue_id = $1"


@route(
    "GET",
    "/v1/venues/{venue_id}/closed-times",
    access=may("public.read"),
    errors=(NotFound,),
)
async def list_closed_times(
    request: web.Request, caller: Caller | None, path: VenuePath
) -> Page[ClosedRange] | web.Response:
    """List the times in which a venue is shut from now on, each with its reason.

    What was reopened is left out. A venue that the caller can't see is not found.
    """
    async with acquire(request.app[DATABASE]) as conn:
        venue = await conn.fetchrow(FIND_VENUE, path.venue_id)
        if venue is None:
            raise NotFound
        state: State = venue["state"]
        if not sees(caller, venue["organisation_id"], path.venue_id, state):
            raise NotFound
        villages_of = {path.venue_id: venue["village_id"]}
        ranges = await closed_ranges(conn, villages_of, request.app[CLOCK].now())
    return readable(request, caller, Page[ClosedRange](items=ranges[path.venue_id]))

"""Approve a venue: from this moment it, its offerings and their slots take bookings."""

from aiohttp import web

from services.venues.deciding import decide
from services.venues.errors import VenueStateConflict, VenueWithoutSchedule
from services.venues.ownership import lock_venue
from services.venues.paths import VenuePath
from services.venues.views import VenueView, venue_view
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import transaction
from shared.http.access import OFFICE, Caller
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.route import route


@route(
    "POST",
    "/v1/venues/{venue_id}/approvals",
    access=OFFICE,
    errors=(NotFound, PreconditionFailed, VenueStateConflict, VenueWithoutSchedule),
)
async def approve_venue(
    request: web.Request, caller: Caller, path: VenuePath, if_match: IfMatch
) -> Versioned[VenueView]:
    """Approve a submitted venue; it is published with all that it offers, or not at all.

    It needs an offering with a schedule. If-Match makes sure that what was read is approved.
    """
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_venue(conn, path.venue_id)
        if_match.check(venue.edit_version)
        await decide(
            conn,
            venue,
            "approved",
            decision_id=request.app[IDS].new(),
            caller=caller,
            now=request.app[CLOCK].now(),
        )
        view = await venue_view(conn, venue.venue_id)
    return Versioned(view, view.version)

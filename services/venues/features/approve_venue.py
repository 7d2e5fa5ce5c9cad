"""Approve a venue: from this moment it, its offerings and their slots take bookings."""

from aiohttp import web

from services.venues.deciding import decided
from services.venues.errors import VenueStateConflict, VenueWithoutSchedule
from services.venues.ownership import lock_venue
from services.venues.paths import VenuePath
from services.venues.views import VenueView
from shared.core.errors import NotFound, PreconditionFailed
from shared.http.access import OFFICE, Caller
from shared.http.etags import IfMatch, Versioned
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
    return await decided(
        request,
        caller,
        if_match,
        "approved",
        lambda conn: lock_venue(conn, path.venue_id),
    )

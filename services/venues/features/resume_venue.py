"""Resume a paused venue: it takes bookings again."""

from aiohttp import web

from services.venues.deciding import decided
from services.venues.errors import LicenceMissing, VenueStateConflict
from services.venues.ownership import lock_own_venue
from services.venues.paths import VenuePath
from services.venues.views import VenueView
from shared.core.errors import NotFound, PreconditionFailed
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.route import route


@route(
    "POST",
    "/v1/venues/{venue_id}/resumptions",
    access=may("venue.pause"),
    errors=(NotFound, PreconditionFailed, VenueStateConflict, LicenceMissing),
)
async def resume_venue(
    request: web.Request, caller: Caller, path: VenuePath, if_match: IfMatch
) -> Versioned[VenueView]:
    """Resume a paused venue; it is published as it is now, with all that it offers.

    The office has approved it before, so it is not asked again; what waits for its approval goes
    on waiting. Its licences have to hold today.
    """
    return await decided(
        request,
        caller,
        if_match,
        "resumed",
        lambda conn: lock_own_venue(conn, path.venue_id, caller, "venue.pause"),
    )

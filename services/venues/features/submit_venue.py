"""Submit a venue: its operator asks the office to look at it."""

from aiohttp import web

from services.venues.deciding import decided
from services.venues.errors import VenueStateConflict
from services.venues.ownership import lock_own_venue
from services.venues.paths import VenuePath
from services.venues.views import VenueView
from shared.core.errors import NotFound, PreconditionFailed
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.route import route


@route(
    "POST",
    "/v1/venues/{venue_id}/submissions",
    access=may("venue.submit"),
    errors=(NotFound, PreconditionFailed, VenueStateConflict),
)
async def submit_venue(
    request: web.Request, caller: Caller, path: VenuePath, if_match: IfMatch
) -> Versioned[VenueView]:
    """Submit a draft, or a rejected venue again, for the office's approval.

    It can still be edited; the office approves by If-Match exactly what it has read.
    """
    return await decided(
        request,
        caller,
        if_match,
        "submitted",
        lambda conn: lock_own_venue(conn, path.venue_id, caller, "venue.submit"),
    )

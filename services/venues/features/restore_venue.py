"""Restore an archived venue as a draft."""

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
    "/v1/venues/{venue_id}/restorations",
    access=may("venue.archive"),
    errors=(NotFound, PreconditionFailed, VenueStateConflict),
)
async def restore_venue(
    request: web.Request, caller: Caller, path: VenuePath, if_match: IfMatch
) -> Versioned[VenueView]:
    """Restore an archived venue; it is a draft again, to be edited and submitted."""
    return await decided(
        request,
        caller,
        if_match,
        "restored",
        lambda conn: lock_own_venue(conn, path.venue_id, caller, "venue.archive"),
    )

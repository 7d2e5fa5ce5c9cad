"""Archive a venue: it is listed no longer, and can be restored as a draft."""

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
    "/v1/venues/{venue_id}/archivals",
    access=may("venue.archive"),
    errors=(NotFound, PreconditionFailed, VenueStateConflict),
)
async def archive_venue(
    request: web.Request, caller: Caller, path: VenuePath, if_match: IfMatch
) -> Versioned[VenueView]:
    """Archive a venue in any state but submitted; one on sale is withdrawn with all it offers.

    Orders that stand are not touched; changes that wait for the office are withdrawn.
    """
    return await decided(
        request,
        caller,
        if_match,
        "archived",
        lambda conn: lock_own_venue(conn, path.venue_id, caller, "venue.archive"),
    )

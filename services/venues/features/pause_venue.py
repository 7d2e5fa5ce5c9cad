"""Pause a venue: it takes no new bookings until it is resumed."""

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
    "/v1/venues/{venue_id}/pauses",
    access=may("venue.pause"),
    errors=(NotFound, PreconditionFailed, VenueStateConflict),
)
async def pause_venue(
    request: web.Request, caller: Caller, path: VenuePath, if_match: IfMatch
) -> Versioned[VenueView]:
    """Pause a published venue; it, its offerings and their slots go off sale.

    Orders that stand are not touched.
    """
    return await decided(
        request,
        caller,
        if_match,
        "paused",
        lambda conn: lock_own_venue(conn, path.venue_id, caller, "venue.pause"),
    )

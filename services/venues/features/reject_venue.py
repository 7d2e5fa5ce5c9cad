"""Reject a venue, with a reason by which its operator can mend it."""

from aiohttp import web

from services.venues.deciding import decided
from services.venues.errors import VenueStateConflict
from services.venues.fields import Reason
from services.venues.ownership import lock_venue
from services.venues.paths import VenuePath
from services.venues.views import VenueView
from shared.core.errors import NotFound, PreconditionFailed
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.models import Body
from shared.http.route import route


class RejectVenue(Body):
    """Why the venue can't be published as it is."""

    reason: Reason


@route(
    "POST",
    "/v1/venues/{venue_id}/rejections",
    access=may("venue.decide"),
    errors=(NotFound, PreconditionFailed, VenueStateConflict),
)
async def reject_venue(
    request: web.Request, caller: Caller, path: VenuePath, body: RejectVenue, if_match: IfMatch
) -> Versioned[VenueView]:
    """Reject a submitted venue; its operator reads the reason, edits it, and submits it again."""
    return await decided(
        request,
        caller,
        if_match,
        "rejected",
        lambda conn: lock_venue(conn, path.venue_id),
        reason=body.reason,
    )

"""Reject a venue, with a reason by which its operator can mend it."""

from aiohttp import web

from services.venues.deciding import decide
from services.venues.errors import VenueStateConflict
from services.venues.fields import Reason
from services.venues.ownership import lock_venue
from services.venues.paths import VenuePath
from services.venues.views import VenueView, venue_view
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import transaction
from shared.http.access import OFFICE, Caller
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route


class RejectVenue(Body):
    """Why the venue can't be published as it is."""

    reason: Reason


@route(
    "POST",
    "/v1/venues/{venue_id}/rejections",
    access=OFFICE,
    errors=(NotFound, PreconditionFailed, VenueStateConflict),
)
async def reject_venue(
    request: web.Request, caller: Caller, path: VenuePath, body: RejectVenue, if_match: IfMatch
) -> Versioned[VenueView]:
    """Reject a submitted venue; its operator reads the reason, edits it, and submits it again."""
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_venue(conn, path.venue_id)
        if_match.check(venue.edit_version)
        await decide(
            conn,
            venue,
            "rejected",
            decision_id=request.app[IDS].new(),
            caller=caller,
            now=request.app[CLOCK].now(),
            reason=body.reason,
        )
        view = await venue_view(conn, venue.venue_id)
    return Versioned(view, view.version)

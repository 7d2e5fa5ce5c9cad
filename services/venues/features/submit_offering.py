"""Submit an offering that is held back: its operator asks the office to look at it again."""

from aiohttp import web

from services.venues.changing import proposals
from services.venues.changing.new_offerings import ask_again
from services.venues.changing.offerings import OfferingListing
from services.venues.changing.views import OwnOfferingView, own_offering
from services.venues.domain.life import APPROVED
from services.venues.errors import LicenceMissing, NothingToSubmit, VenueStateConflict
from services.venues.ownership import lock_own_venue
from services.venues.paths import VenueOfferingPath
from services.venues.views import offering_view
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import DATABASE
from shared.http.route import route


@route(
    "POST",
    "/v1/venues/{venue_id}/offerings/{offering_id}/submissions",
    access=may("offering.change"),
    errors=(NotFound, PreconditionFailed, NothingToSubmit, VenueStateConflict, LicenceMissing),
)
async def submit_offering(
    request: web.Request, caller: Caller, path: VenueOfferingPath, if_match: IfMatch
) -> Versioned[OwnOfferingView]:
    """Submit an offering that was added to an approved venue, and was rejected or withdrawn.

    It waits for the office as `pending_change`, or is on sale at once where the district has set
    so: then LicenceMissing names what it lacks.
    """
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_own_venue(conn, path.venue_id, caller, "offering.change")
        view = await offering_view(conn, path.offering_id)
        if view.venue_id != venue.venue_id:
            raise NotFound
        if_match.check(view.version)
        if venue.state not in APPROVED:
            raise VenueStateConflict(state=venue.state)
        waiting = await proposals.pending(conn, venue.venue_id, path.offering_id)
        if waiting is not None or not view.held_back:
            raise NothingToSubmit
        await ask_again(conn, request.app, caller, OfferingListing(venue, view))
        return await own_offering(conn, path.offering_id)

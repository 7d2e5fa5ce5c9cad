"""Change a venue's texts, address or capacity."""

from aiohttp import web

from services.venues.changing.editing import edit
from services.venues.changing.venues import ChangeVenue, VenueListing
from services.venues.changing.views import EditedVenueView, edited_venue
from services.venues.errors import LicenceMissing, SlugTaken, VenueStateConflict
from services.venues.ownership import lock_own_venue
from services.venues.paths import VenuePath
from services.venues.views import venue_view
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.keys import DATABASE
from shared.http.route import route


@route(
    "PATCH",
    "/v1/venues/{venue_id}",
    access=may("venue.change"),
    errors=(NotFound, PreconditionFailed, SlugTaken, LicenceMissing, VenueStateConflict),
)
async def change_venue(
    request: web.Request,
    caller: Caller,
    path: VenuePath,
    body: ChangeVenue,
    if_match: RequiredIfMatch,
) -> Versioned[EditedVenueView]:
    """Change a venue of the caller's organisation; one on sale is published again.

    It goes through only where nobody else made a change since it was read. Of a venue that was
    approved, another address and a higher capacity wait for the office, as `pending_change`, or
    are told to it, as the district has set; the rest of the change goes live at once.
    """
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_own_venue(conn, path.venue_id, caller, "venue.change")
        if_match.check(venue.edit_version)
        listing = VenueListing(venue, await venue_view(conn, venue.venue_id))
        await edit(conn, request.app, caller, listing, body)
        return await edited_venue(conn, venue.venue_id)

"""Change an offering: its texts, prices and terms, how it is paid, how long it takes."""

from aiohttp import web

from services.venues.changing.editing import edit
from services.venues.changing.offerings import ChangeOffering, OfferingListing
from services.venues.changing.views import EditedOfferingView, edited_offering
from services.venues.errors import LicenceMissing, SlugTaken, VenueStateConflict
from services.venues.ownership import lock_own_venue
from services.venues.paths import VenueOfferingPath
from services.venues.views import offering_view
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.keys import DATABASE
from shared.http.route import route


@route(
    "PATCH",
    "/v1/venues/{venue_id}/offerings/{offering_id}",
    access=may("offering.change"),
    errors=(NotFound, PreconditionFailed, SlugTaken, LicenceMissing, VenueStateConflict),
)
async def change_offering(
    request: web.Request,
    caller: Caller,
    path: VenueOfferingPath,
    body: ChangeOffering,
    if_match: RequiredIfMatch,
) -> Versioned[EditedOfferingView]:
    """Change an offering of the caller's; one that is on sale is published again.

    Orders that stand keep their prices and times. It goes through only where nobody else made a
    change since the offering was read. At a venue that was approved, what makes it dearer or its
    terms stricter waits for the office, as `pending_change`, or is told to it, as the district
    has set; the rest of the change goes live at once.
    """
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_own_venue(conn, path.venue_id, caller, "offering.change")
        view = await offering_view(conn, path.offering_id)
        if view.venue_id != venue.venue_id:
            raise NotFound
        if_match.check(view.version)
        await edit(conn, request.app, caller, OfferingListing(venue, view), body)
        return await edited_offering(conn, path.offering_id)

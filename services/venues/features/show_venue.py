"""Show a venue with what it offers."""

from aiohttp import web

from services.venues.caching import readable
from services.venues.ownership import sees
from services.venues.paths import VenuePath
from services.venues.views import VenueView, as_seen_by, venue_view
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import DATABASE
from shared.http.route import route


@route("GET", "/v1/venues/{venue_id}", access=may("public.read"), errors=(NotFound,))
async def show_venue(
    request: web.Request, caller: Caller | None, path: VenuePath
) -> Versioned[VenueView] | web.Response:
    """Show a published venue to everybody; in other states to its operator and the office.

    Only they see what of it is held back until the office approves of it.
    """
    async with acquire(request.app[DATABASE]) as conn:
        view = await venue_view(conn, path.venue_id)
    if not sees(caller, view.organisation_id, view.venue_id, view.state):
        raise NotFound
    # Its rating changes without an edit. Who may edit gets the tag of the version to name.
    seen = as_seen_by(caller, view)
    return readable(request, caller, seen, None if caller is None else view.version)

"""List the photos of a venue, ready or not."""

from typing import Final

from aiohttp import web

from services.venues.ownership import reads_always
from services.venues.paths import VenuePath
from services.venues.photo_views import PhotoView, photo_page
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page
from shared.http.route import route

FIND_ORGANISATION: Final = "select organisation_id from venues where venue_id = $1"


@route("GET", "/v1/venues/{venue_id}/photos", access=may("venue.read"), errors=(NotFound,))
async def list_photos(request: web.Request, caller: Caller, path: VenuePath) -> Page[PhotoView]:
    """List all photos of a venue in their order, for its people and the office: one page."""
    async with acquire(request.app[DATABASE]) as conn:
        organisation_id = await conn.fetchval(FIND_ORGANISATION, path.venue_id)
        if organisation_id is None or not reads_always(caller, organisation_id, path.venue_id):
            raise NotFound
        return await photo_page(conn, path.venue_id)

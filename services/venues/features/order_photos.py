"""Put a venue's photos in order."""

from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.venues.domain.differences import Difference
from services.venues.ownership import lock_own_venue
from services.venues.paths import VenuePath
from services.venues.photo_errors import PhotosChanged
from services.venues.photo_views import PhotoView, photo_page
from services.venues.photo_writing import MOST_PHOTOS, photos_changed
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch
from shared.http.keys import DATABASE
from shared.http.models import Body, Page
from shared.http.route import route


class OrderPhotos(Body):
    """All photos of the venue, each once; the first one is what lists show."""

    photo_ids: Annotated[list[UUID], Field(max_length=MOST_PHOTOS)]


PRESENT: Final = "select photo_id from photos where venue_id = $1 order by position"

PLACE: Final = """
update photos p
set position = placed.place
from unnest($2::uuid[]) with ordinality as placed (photo_id, place)
where p.venue_id = $1 and p.photo_id = placed.photo_id
"""


@route(
    "PUT",
    "/v1/venues/{venue_id}/photos/order",
    access=may("photo.change"),
    errors=(NotFound, PhotosChanged),
)
async def order_photos(
    request: web.Request,
    caller: Caller,
    path: VenuePath,
    body: OrderPhotos,
    if_match: RequiredIfMatch,
) -> Page[PhotoView]:
    """Put the photos in this order: it names each photo that the venue has, and no other."""
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_own_venue(conn, path.venue_id, caller, "photo.change")
        if_match.check(venue.edit_version)
        present = [row["photo_id"] for row in await conn.fetch(PRESENT, venue.venue_id)]
        if sorted(present) != sorted(body.photo_ids):
            raise PhotosChanged
        if present != body.photo_ids:
            await conn.execute(PLACE, venue.venue_id, body.photo_ids)
            order = Difference(
                "photos", [str(photo) for photo in present], [str(one) for one in body.photo_ids]
            )
            await photos_changed(conn, request.app, caller, venue, [order])
        return await photo_page(conn, venue.venue_id)

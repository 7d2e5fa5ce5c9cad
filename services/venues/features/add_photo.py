"""Announce a photo of a venue; its content follows."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.domain.differences import Difference
from services.venues.ownership import lock_own_venue
from services.venues.paths import VenuePath
from services.venues.photo_errors import TooManyPhotos
from services.venues.photo_views import PhotoView, photo_view
from services.venues.photo_writing import (
    MOST_PHOTOS,
    Alt,
    Credit,
    has_offering,
    photos_changed,
)
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route
from shared.http.validation import invalid


class AddPhoto(Body):
    """What is said about a photo. `alt` is for those who can't see it, so it is always there."""

    alt: Alt
    offering_id: UUID | None = None
    credit: Credit | None = None


COUNT: Final = "select count(*) from photos where venue_id = $1"

INSERT: Final = """
insert into photos (photo_id, venue_id, offering_id, position, alt, credit, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""


@route(
    "POST",
    "/v1/venues/{venue_id}/photos",
    access=may("photo.change"),
    status=201,
    idempotent=True,
    errors=(NotFound, TooManyPhotos),
)
async def add_photo(
    request: web.Request,
    caller: Caller,
    path: VenuePath,
    body: AddPhoto,
    idempotency: Idempotency,
) -> PhotoView:
    """Announce a photo, last in the venue's order.

    Visitors see it when its content has come (`PUT /v1/photos/{photo_id}/content`) and was made
    into all sizes.
    """
    async with transaction(request.app[DATABASE]) as conn:
        if (earlier := await idempotency.earlier(conn, PhotoView)) is not None:
            return earlier
        venue = await lock_own_venue(conn, path.venue_id, caller, "photo.change")
        if not await has_offering(conn, venue.venue_id, body.offering_id):
            raise invalid("body", "/offering_id", "unknown_offering")
        count = await conn.fetchval(COUNT, venue.venue_id)
        if count >= MOST_PHOTOS:
            raise TooManyPhotos(limit=MOST_PHOTOS)
        photo_id = request.app[IDS].new()
        await conn.execute(
            INSERT,
            photo_id,
            venue.venue_id,
            body.offering_id,
            count + 1,
            body.alt.model_dump(),
            body.credit,
            request.app[CLOCK].now(),
        )
        added = Difference("photos", None, {"photo_id": str(photo_id)})
        await photos_changed(conn, request.app, caller, venue, [added])
        return await idempotency.keep(conn, await photo_view(conn, photo_id))

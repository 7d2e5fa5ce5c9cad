"""Take a photo away."""

from typing import Final

from aiohttp import web

from services.venues.domain.differences import Difference
from services.venues.paths import PhotoPath
from services.venues.photo_writing import CLOSE_GAPS, lock_venue_of_own_photo, photos_changed
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch
from shared.http.keys import DATABASE
from shared.http.route import route

DELETE: Final = "delete from photos where photo_id = $1"


@route("DELETE", "/v1/photos/{photo_id}", access=may("photo.change"), errors=(NotFound,))
async def delete_photo(
    request: web.Request, caller: Caller, path: PhotoPath, if_match: RequiredIfMatch
) -> None:
    """Take a photo away at once; its files go when nothing else shows them, a day later."""
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_venue_of_own_photo(conn, path.photo_id, caller)
        if_match.check(venue.edit_version)
        await conn.execute(DELETE, path.photo_id)
        await conn.execute(CLOSE_GAPS, venue.venue_id)
        gone = Difference("photos", {"photo_id": str(path.photo_id)}, None)
        await photos_changed(conn, request.app, caller, venue, [gone])

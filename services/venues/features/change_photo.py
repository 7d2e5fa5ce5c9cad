"""Change what is said about a photo."""

from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import field_validator
from pydantic_core import PydanticCustomError

from services.venues.domain.differences import Difference
from services.venues.paths import PhotoPath
from services.venues.photo_views import PhotoView, photo_view
from services.venues.photo_writing import (
    Alt,
    Credit,
    has_offering,
    lock_venue_of_own_photo,
    photos_changed,
)
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.keys import DATABASE
from shared.http.models import Body
from shared.http.route import route
from shared.http.validation import invalid


class ChangePhoto(Body):
    """What to change; what is left out stays. Null takes away the offering or the credit."""

    alt: Alt | None = None
    offering_id: UUID | None = None
    credit: Credit | None = None

    @field_validator("alt", mode="before")
    @classmethod
    def _has_alt(cls, value: object) -> object:
        if value is None:
            raise PydanticCustomError("null", "null is no value here")
        return value


UPDATE: Final = """
update photos
set alt = $2, offering_id = $3, credit = $4
where photo_id = $1
"""


@route("PATCH", "/v1/photos/{photo_id}", access=may("photo.change"), errors=(NotFound,))
async def change_photo(
    request: web.Request,
    caller: Caller,
    path: PhotoPath,
    body: ChangePhoto,
    if_match: RequiredIfMatch,
) -> Versioned[PhotoView]:
    """Change the alternative text, the offering or the credit of a photo.

    The version is the venue's, so that nobody's change in between is overwritten.
    """
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_venue_of_own_photo(conn, path.photo_id, caller)
        if_match.check(venue.edit_version)
        if not await has_offering(conn, venue.venue_id, body.offering_id):
            raise invalid("body", "/offering_id", "unknown_offering")
        before = await photo_view(conn, path.photo_id)
        changed = before.model_copy(
            update={name: getattr(body, name) for name in body.model_fields_set}
        )
        await conn.execute(
            UPDATE, path.photo_id, changed.alt.model_dump(), changed.offering_id, changed.credit
        )
        changes = [
            Difference(f"photos/{path.photo_id}/{name}", was[name], now[name])
            for was, now in [(before.model_dump(mode="json"), changed.model_dump(mode="json"))]
            for name in sorted(body.model_fields_set)
            if was[name] != now[name]
        ]
        if changes:
            await photos_changed(conn, request.app, caller, venue, changes)
        view = await photo_view(conn, path.photo_id)
    return Versioned(view, view.version)

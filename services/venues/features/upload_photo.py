"""Take the content of a photo."""

import asyncio
from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.domain.differences import Difference
from services.venues.paths import PhotoPath
from services.venues.photo_errors import PICTURE_ERRORS, REFUSALS, PictureUnreadable
from services.venues.photo_views import PhotoView, photo_view
from services.venues.photo_writing import lock_venue_of_own_photo, photos_changed
from services.venues.picture_queue import wake
from services.venues.pictures.pool import (
    POOL,
    Looked,
    PictureRefusedError,
    StudioFailedError,
)
from services.venues.pictures.studio import LONGEST_SHAPE, MOST_BYTES, MOST_PIXELS
from services.venues.storage.blobs import BlobKey
from services.venues.storage.keeping import keep_blob
from shared.core.errors import NotFound, Unavailable, UnsupportedMediaType
from shared.db import acquire, transaction
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route
from shared.http.uploads import read_upload

TYPES: Final = ("image/jpeg", "image/png", "image/webp", "image/avif")
# Each holds its file in memory, at most 15 MB.
UPLOADS_AT_ONCE: Final = 8
UPLOADS: Final = web.AppKey("uploads", asyncio.Semaphore)

OWNER: Final = """
select v.organisation_id, v.venue_id
from photos p
join venues v using (venue_id)
where p.photo_id = $1
"""

# What was refused is tried again when somebody sends it again: the programs may be better now.
KEEP_PICTURE: Final = """
insert into pictures (digest, format, width, height, next_attempt_at)
values ($1, $2, $3, $4, $5)
on conflict (digest) do update
set
    state = case pictures.state when 'refused' then 'processing' else pictures.state end,
    refusal = null,
    attempts = 0,
    next_attempt_at = excluded.next_attempt_at
"""

SHOW_PICTURE: Final = "update photos set digest = $2 where photo_id = $1"


@route(
    "PUT",
    "/v1/photos/{photo_id}/content",
    access=may("photo.change"),
    consumes=TYPES,
    rate_class="heavy",
    errors=(NotFound, *PICTURE_ERRORS),
)
async def upload_photo(
    request: web.Request, caller: Caller, path: PhotoPath
) -> Versioned[PhotoView]:
    """Take a picture of at most 15 MB and 50 megapixels as the content of a photo.

    It is decoded once, so that a broken one is refused at once, and kept; all sizes are made
    soon after. Until then the photo's state is `processing`. Sending it again replaces it.
    """
    app = request.app
    await _check_owner(app, caller, path.photo_id)
    if app[UPLOADS].locked():
        raise Unavailable(headers={"Retry-After": "5", "Connection": "close"})
    async with app[UPLOADS]:
        content = await read_upload(request, TYPES, MOST_BYTES)
        looked = await _look(app, content)
        if request.content_type != f"image/{looked.format}":
            raise UnsupportedMediaType(headers={"Accept": f"image/{looked.format}"})
        key = await asyncio.to_thread(BlobKey.of, "photos", content)
        await keep_blob(app, key, content)
    view = await _show(app, caller, path.photo_id, key.digest, looked)
    wake()
    return Versioned(view, view.version)


async def _check_owner(app: web.Application, caller: Caller, photo_id: UUID) -> None:
    """Raise NotFound before any of the body is read; it is asked again under the lock."""
    async with acquire(app[DATABASE]) as conn:
        row = await conn.fetchrow(OWNER, photo_id)
    if row is None or not caller.may("photo.change", row["organisation_id"], row["venue_id"]):
        raise NotFound(headers={"Connection": "close"})


async def _look(app: web.Application, content: bytes) -> Looked:
    try:
        return await app[POOL].look(content)
    except StudioFailedError:
        raise PictureUnreadable from None
    except PictureRefusedError as refused:
        limits = {"pixels": MOST_PIXELS, "shape": LONGEST_SHAPE}
        raise REFUSALS[refused.reason](limit=limits.get(refused.reason)) from None


async def _show(
    app: web.Application, caller: Caller, photo_id: UUID, digest: str, looked: Looked
) -> PhotoView:
    async with transaction(app[DATABASE]) as conn:
        venue = await lock_venue_of_own_photo(conn, photo_id, caller)
        before = await photo_view(conn, photo_id)
        now = app[CLOCK].now()
        await conn.execute(KEEP_PICTURE, digest, looked.format, looked.width, looked.height, now)
        if before.digest != digest:
            await conn.execute(SHOW_PICTURE, photo_id, digest)
            changed = Difference(f"photos/{photo_id}/digest", before.digest, digest)
            await photos_changed(conn, app, caller, venue, [changed])
        return await photo_view(conn, photo_id)

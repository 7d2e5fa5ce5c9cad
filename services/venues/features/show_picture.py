"""Show one file of a picture."""

from typing import Annotated, Final, Literal

from aiohttp import hdrs, web
from pydantic import Field

from services.venues.storage.blobs import BlobKey, BlobMissingError, read_whole
from services.venues.storage.opening import STORE
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import may
from shared.http.etags import is_known
from shared.http.keys import DATABASE
from shared.http.models import Path
from shared.http.route import route


class PicturePath(Path):
    """Names one file: by what it was made of, its width and its format."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    width: Annotated[int, Field(ge=1, le=1920)]
    format: Literal["avif", "webp", "jpeg"]


FIND: Final = """
select f.file_digest
from picture_files f
join pictures p using (digest)
where f.digest = $1 and f.width = $2 and f.format = $3 and p.state = 'ready'
"""


@route(
    "GET",
    "/v1/photos/{digest}/{width}.{format}",
    access=may("public.read"),
    errors=(NotFound,),
    produces="image/*",
)
async def show_picture(request: web.Request, path: PicturePath) -> web.Response:
    """Show a picture in one of its sizes; at one address it never changes."""
    async with acquire(request.app[DATABASE]) as conn:
        file_digest = await conn.fetchval(FIND, path.digest, path.width, path.format)
    if file_digest is None:
        raise NotFound
    tag = f'"{file_digest[:32]}"'
    headers = {
        hdrs.ETAG: tag,
        hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable",
        # Pages of other sites may show it too: it is published.
        "Cross-Origin-Resource-Policy": "cross-origin",
        hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
    }
    if is_known(request.headers.get(hdrs.IF_NONE_MATCH), tag):
        return web.Response(status=304, headers=headers)
    try:
        content = await read_whole(request.app[STORE], BlobKey("photos", file_digest))
    except BlobMissingError:
        raise NotFound from None
    return web.Response(body=content, content_type=f"image/{path.format}", headers=headers)

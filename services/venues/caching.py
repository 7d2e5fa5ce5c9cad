"""Answers that everybody may read: short-lived in caches, with an entity tag to ask again by."""

import hashlib
from typing import Final

from aiohttp import hdrs, web
from pydantic import BaseModel

from shared.http.access import Caller
from shared.http.etags import etag, is_known

# Long enough to take a rush off the database, short enough that nobody waits for a change.
CACHE_SECONDS: Final = 15


def readable(
    request: web.Request, caller: Caller | None, view: BaseModel, version: int | None = None
) -> web.Response:
    """Return an answer to a GET: 200, or 304 where the reader has the same already.

    The tag is the version's, so that an edit can name it in If-Match, or else a digest of the
    answer. What a signed-in caller reads may be theirs alone: it is kept by no shared cache,
    and their own browser asks again each time.
    """
    body = view.__pydantic_serializer__.to_json(view, by_alias=True)
    tag = _digest(body) if version is None else etag(version)
    headers = {
        hdrs.ETAG: tag,
        hdrs.VARY: "Authorization",
        hdrs.CACHE_CONTROL: f"public, max-age={CACHE_SECONDS}"
        if caller is None
        else "private, no-cache",
    }
    if is_known(request.headers.get(hdrs.IF_NONE_MATCH), tag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", headers=headers)


def _digest(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'

"""`/photos/…`: pictures of venues, from the pages' own address.

So pages need no other site for their pictures, and the policy of their content stays `'self'`.
In production the proxy in front asks venues itself (deploy/caddy/Caddyfile).
"""

from typing import Final

from aiohttp import hdrs, web

from services.web.keys import PICTURES
from shared.http.etags import is_known

KEPT: Final = (hdrs.CACHE_CONTROL, hdrs.ETAG)


async def show(request: web.Request) -> web.Response:
    """Send a file of a picture. What a browser has of it already is never asked for again."""
    found = await request.app[PICTURES].picture(
        request.match_info["digest"], request.match_info["name"]
    )
    headers = {name: found.headers[name] for name in KEPT if name in found.headers}
    tag = headers.get(hdrs.ETAG, "")
    if tag and is_known(request.headers.get(hdrs.IF_NONE_MATCH), tag):
        return web.Response(status=304, headers=headers)
    kind = found.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
    return web.Response(body=found.body, content_type=kind, headers=headers)

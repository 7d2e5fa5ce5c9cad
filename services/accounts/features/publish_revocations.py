"""Publish which access tokens ended before their time."""

import hashlib
from typing import Final

from aiohttp import web

from services.accounts.revocations import read_revocations
from shared.http.access import may
from shared.http.etags import Versioned
from shared.http.revocations import RevocationList
from shared.http.route import route

TAG_BYTES: Final = 6


@route("GET", "/v1/revocations", access=may("service.revocations"))
async def publish_revocations(request: web.Request) -> Versioned[RevocationList]:
    """Tell our other services which sessions ended, and of which accounts tokens were revoked.

    Only what was revoked within the life of an access token stands here. Asked every few seconds,
    with If-None-Match.
    """
    found = await read_revocations(request.app)
    # Rows come and go, and may be committed in another order than they were numbered in: the tag
    # is made from what is told.
    digest = hashlib.sha256(found.model_dump_json().encode()).digest()
    return Versioned(found, int.from_bytes(digest[:TAG_BYTES]))

"""Reading a body that is a file: counted while it comes, and not for ever."""

import asyncio
from collections.abc import Collection
from typing import Final

from aiohttp import hdrs, web

from shared.core.errors import BodyTimeout, BodyTooLarge, MalformedBody, UnsupportedMediaType

# A phone in a valley sends slowly; one that sends nothing for a while has left.
UPLOAD_SECONDS: Final = 180.0
SILENT_SECONDS: Final = 15.0


async def read_upload(
    request: web.Request,
    types: Collection[str],
    most_bytes: int,
    *,
    seconds: float = UPLOAD_SECONDS,
    silent_seconds: float = SILENT_SECONDS,
) -> bytes:
    """Return the body of a request as it is, up to `most_bytes`.

    Raises UnsupportedMediaType unless its Content-Type is one of `types` and it is not encoded,
    BodyTooLarge as soon as more than `most_bytes` are announced or have come, BodyTimeout when it
    takes longer than `seconds` or is silent for `silent_seconds`, and MalformedBody where it is
    empty or its transfer is broken.
    """
    if request.content_type not in types or hdrs.CONTENT_ENCODING in request.headers:
        raise UnsupportedMediaType(headers={"Accept": ", ".join(sorted(types))})
    too_large = BodyTooLarge(limit_bytes=most_bytes, headers={"Connection": "close"})
    if (request.content_length or 0) > most_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while chunk := await _next(request, silent_seconds):
                body += chunk
                if len(body) > most_bytes:
                    raise too_large
    except TimeoutError:
        raise BodyTimeout(headers={"Connection": "close"}) from None
    except (web.RequestPayloadError, ConnectionError):
        raise MalformedBody(reason="transfer") from None
    if not body:
        raise MalformedBody(reason="empty")
    return bytes(body)


async def _next(request: web.Request, seconds: float) -> bytes:
    async with asyncio.timeout(seconds):
        return await request.content.readany()

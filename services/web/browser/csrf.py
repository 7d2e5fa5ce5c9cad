"""Forms that only our own pages can send: a token bound to the browser, and the Origin header.

The token differs on every page (a random half and its keyed hash), so that compressed pages give
nothing away (BREACH), and it dies with the browser's mark, which changes at each login.
"""

import hmac
import re
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from services.web.browser.jar import JAR
from services.web.errors import FormNotOurs
from services.web.keys import COOKIE_SEALER, FORM
from services.web.settings import WebSettings
from shared.core.errors import BodyTooLarge, UnsupportedMediaType
from shared.core.ids import random_token
from shared.http.json_body import read_body
from shared.http.keys import SETTINGS

FIELD: Final = "csrf"
MARK: Final = "browser"
MONTH: Final = 30 * 86400
MOST_FORM_BYTES: Final = 64 * 1024
_TOKEN: Final = re.compile(r"([A-Za-z0-9_-]{16})\.([0-9a-f]{64})", re.ASCII)


def form_token(request: web.Request) -> str:
    """Return a token for a form on the page that is being made."""
    jar = request[JAR]
    mark = jar.read(MARK)
    if mark is None:
        mark = new_mark(request)
    salt = random_token(12)
    return f"{salt}.{_sign(request, mark, salt)}"


def new_mark(request: web.Request) -> str:
    """Mark the browser anew; forms of pages from before are no longer accepted."""
    mark = random_token(16)
    request[JAR].write(MARK, mark, MONTH)
    return mark


@web.middleware
async def check_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a form in only from our own pages. Raises FormNotOurs for any other."""
    if request.method in {hdrs.METH_GET, hdrs.METH_HEAD}:
        return await handler(request)
    if not _is_same_origin(request):
        raise FormNotOurs
    request[FORM] = await _read_form(request)
    if not _is_genuine(request, request[FORM].get(FIELD, "")):
        raise FormNotOurs
    return await handler(request)


async def _read_form(request: web.Request) -> dict[str, str]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise UnsupportedMediaType
    if (request.content_length or 0) > MOST_FORM_BYTES:
        raise BodyTooLarge(limit_bytes=MOST_FORM_BYTES)
    if len(await read_body(request)) > MOST_FORM_BYTES:
        raise BodyTooLarge(limit_bytes=MOST_FORM_BYTES)
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _is_same_origin(request: web.Request) -> bool:
    """Tell whether the browser says that the form is from here; very old ones say nothing."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        return site in {"same-origin", "none"}
    settings = request.app[SETTINGS]
    public_url = settings.public_url if isinstance(settings, WebSettings) else ""
    return origin == public_url or urlsplit(origin).netloc == request.host


def _is_genuine(request: web.Request, token: str) -> bool:
    match = _TOKEN.fullmatch(token)
    mark = request[JAR].read(MARK)
    if match is None or mark is None:
        return False
    return hmac.compare_digest(match[2], _sign(request, mark, match[1]))


def _sign(request: web.Request, mark: str, salt: str) -> str:
    return request.app[COOKIE_SEALER].blind_index(f"{mark}.{salt}", "form").hex()

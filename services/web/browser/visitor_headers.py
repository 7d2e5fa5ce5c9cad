"""What accounts is told about the browser that somebody signs in with."""

from typing import Final

from aiohttp import hdrs, web

from shared.http.client_address import FORWARDED_FOR, client_address

LONGEST_AGENT: Final = 512


def visitor_headers(request: web.Request) -> dict[str, str]:
    """Return where the visitor comes from, for limits, and their browser, for their own list."""
    headers = {"User-Agent": request.headers.get(hdrs.USER_AGENT, "unknown")[:LONGEST_AGENT]}
    if address := client_address(request):
        headers[FORWARDED_FOR] = address
    return headers

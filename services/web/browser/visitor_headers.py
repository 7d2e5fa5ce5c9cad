"""What accounts is told about the browser that somebody signs in with."""

from typing import Final

from aiohttp import hdrs, web

LONGEST_AGENT: Final = 512


def visitor_headers(request: web.Request) -> dict[str, str]:
    """Return the visitor's browser, for the list of their own sessions."""
    return {"User-Agent": request.headers.get(hdrs.USER_AGENT, "unknown")[:LONGEST_AGENT]}

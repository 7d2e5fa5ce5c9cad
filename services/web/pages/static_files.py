"""`/static/…`: style sheets and pictures."""

from aiohttp import web

from services.web.keys import ASSETS


async def show(request: web.Request) -> web.Response:
    """Send a file."""
    return request.app[ASSETS].answer(request)

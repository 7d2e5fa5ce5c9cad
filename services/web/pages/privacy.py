"""`/privacy`: the texts that people agree to, for everybody to read."""

from aiohttp import web

from services.web.keys import PRIVACY
from services.web.rendering.answers import page


async def show(request: web.Request) -> web.Response:
    """Show the texts as they are asked for now."""
    return page(request, "privacy.html", {"texts": await request.app[PRIVACY].texts()})

"""Who asks the other services: whoever looks at the page."""

from aiohttp import web

from services.web.browser.session import viewer_of
from services.web.clients.asking import Asking
from services.web.keys import LANGUAGE, VIEWER


def asking(request: web.Request) -> Asking:
    """Return whoever is signed in. Raises NotSignedIn."""
    return Asking(request[LANGUAGE], viewer_of(request).access_token)


def asking_as_anybody(request: web.Request) -> Asking:
    """Return whoever looks at the page, signed in or not."""
    viewer = request[VIEWER]
    token = viewer.access_token if viewer else None
    return Asking(request[LANGUAGE], token)

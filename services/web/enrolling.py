"""The end of setting up a second factor: the new session, and recovery codes with the first one."""

from typing import Final

from aiohttp import web

from services.web.browser.session import begin_session
from services.web.clients.security import Enrolled
from services.web.domain.landing import landing
from services.web.rendering.answers import go_to, page

HERE: Final = "/me/security"


def finish(request: web.Request, enrolled: Enrolled, back: str, said: str) -> web.Response:
    """Go on in the new session, past the recovery codes where there are any."""
    begin_session(request, enrolled.session)
    onward = landing(enrolled.session, back)
    if enrolled.recovery_codes is None:
        return go_to(onward, said=said)
    return show_codes(request, enrolled.recovery_codes, onward)


def show_codes(request: web.Request, codes: tuple[str, ...], onward: str) -> web.Response:
    """Show recovery codes, this once."""
    return page(request, "recovery_codes.html", {"codes": codes, "onward": onward})

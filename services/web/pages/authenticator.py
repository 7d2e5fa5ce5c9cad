"""`/me/security/authenticator`: a QR code for the app, and its first code back."""

import json
import re
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from services.web.browser.jar import JAR
from services.web.browser.session import viewer_of
from services.web.domain.local_path import local_path
from services.web.enrolling import HERE, finish
from services.web.keys import FORM, SECURITY
from services.web.rendering.answers import go_to, page
from shared.http.client import ProblemAnswer

COOKIE: Final = "enrolling"
FIFTEEN_MINUTES: Final = 900
CONFLICT: Final = 409
UNPROCESSABLE: Final = 422
TOO_MANY: Final = 429
GROUP: Final = 4
PATH: Final = "/me/security/authenticator"
_NOT_DIGITS: Final = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class _Begun:
    """The secret that this browser is setting up, sealed in its cookie, and where to go then."""

    secret: str
    uri: str
    back: str

    @property
    def typed(self) -> str:
        """The secret in groups of four, for whoever types it."""
        secret = self.secret
        return " ".join(secret[at : at + GROUP] for at in range(0, len(secret), GROUP))


async def start(request: web.Request) -> web.Response:
    """Have a secret made, and show it."""
    started = await request.app[SECURITY].start_authenticator(viewer_of(request))
    back = local_path(request[FORM].get("next"), HERE)
    begun = {"secret": started.secret, "uri": started.uri, "back": back}
    request[JAR].write(COOKIE, json.dumps(begun), FIFTEEN_MINUTES)
    return go_to(PATH)


async def show(request: web.Request) -> web.Response:
    """Show the QR code, and ask for the code that the app shows."""
    viewer_of(request)
    begun = _begun(request)
    return _ask(request, begun) if begun else go_to(HERE)


async def confirm(request: web.Request) -> web.Response:
    """Take the app's first code."""
    viewer, begun = viewer_of(request), _begun(request)
    if begun is None:
        return go_to(HERE)
    code = _NOT_DIGITS.sub("", request[FORM].get("code", ""))
    try:
        enrolled = await request.app[SECURITY].confirm_authenticator(viewer, code)
    except ProblemAnswer as problem:
        if problem.status == CONFLICT:
            request[JAR].remove(COOKIE)
            return go_to(HERE, said="start_again")
        if problem.status not in {UNPROCESSABLE, TOO_MANY}:
            raise
        too_many = problem.status == TOO_MANY
        return _ask(request, begun, "login.too_often" if too_many else "second.wrong")
    request[JAR].remove(COOKIE)
    return finish(request, enrolled, begun.back, "authenticator_added")


def _begun(request: web.Request) -> _Begun | None:
    kept = request[JAR].read(COOKIE)
    return None if kept is None else _Begun(**json.loads(kept))


def _ask(request: web.Request, begun: _Begun, error: str = "") -> web.Response:
    context = {"begun": begun, "error": error}
    return page(request, "authenticator.html", context, status=UNPROCESSABLE if error else 200)

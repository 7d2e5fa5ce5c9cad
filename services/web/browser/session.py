"""Being signed in: the session in its sealed cookie, renewed before its access token expires."""

from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError

from services.web.browser.csrf import new_mark
from services.web.browser.jar import JAR
from services.web.browser.visitor_headers import visitor_headers
from services.web.domain.viewer import Viewer
from services.web.keys import ACCOUNTS, SESSION_UNSURE, VIEWER
from shared.core.errors import NotAllowed, NotSignedIn, Unavailable
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK

NAME: Final = "session"
RENEWED_BEFORE: Final = timedelta(seconds=90)
# More than this is left of an access token that was made a moment ago.
JUST_RENEWED: Final = timedelta(minutes=14, seconds=50)

_log = structlog.get_logger()


@web.middleware
async def know_viewer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who is looking, and renew their session where its access token is about to end."""
    # Style sheets and pictures are the same for everybody.
    request[VIEWER] = None if request.path.startswith(("/static/", "/photos/")) else _read(request)
    request[SESSION_UNSURE] = False
    viewer = request[VIEWER]
    if viewer is not None and viewer.expires_at - request.app[CLOCK].now() < RENEWED_BEFORE:
        await _renew(request, viewer)
    return await handler(request)


async def renew_refused(request: web.Request) -> bool:
    """Renew a session whose access token was refused before its time; tell whether it is good.

    Somebody's roles were changed, or the session was ended elsewhere. A token that is seconds old
    is not renewed again: something else is wrong then.
    """
    viewer = request[VIEWER]
    if viewer is None:
        return False
    if viewer.expires_at - request.app[CLOCK].now() > JUST_RENEWED:
        return False
    await _renew(request, viewer)
    return request[VIEWER] is not None


def begin_session(request: web.Request, viewer: Viewer) -> None:
    """Sign the person in; the browser's mark changes, so that nobody can have planted it."""
    new_mark(request)
    _keep(request, viewer)


def end_session(request: web.Request) -> None:
    """Forget the person."""
    request[JAR].remove(NAME)
    request[VIEWER] = None
    new_mark(request)


def viewer_of(request: web.Request) -> Viewer:
    """Return who is looking. Raises NotSignedIn, or Unavailable where that can't be told now."""
    viewer = request[VIEWER]
    if viewer is None:
        raise Unavailable if request[SESSION_UNSURE] else NotSignedIn
    return viewer


def operator_of(request: web.Request) -> Viewer:
    """Return the operator who is looking. Raises NotSignedIn or NotAllowed."""
    viewer = viewer_of(request)
    if not viewer.is_operator:
        raise NotAllowed
    return viewer


def officer_of(request: web.Request) -> Viewer:
    """Return the person of the tourism office who is looking. Raises NotSignedIn or NotAllowed."""
    viewer = viewer_of(request)
    if not viewer.is_office:
        raise NotAllowed
    return viewer


def _read(request: web.Request) -> Viewer | None:
    written = request[JAR].read(NAME)
    if written is None:
        return None
    try:
        viewer = Viewer.model_validate_json(written)
    except ValidationError:
        return None
    return viewer if viewer.session_expires_at > request.app[CLOCK].now() else None


def _keep(request: web.Request, viewer: Viewer) -> None:
    request[VIEWER] = viewer
    left = viewer.session_expires_at - request.app[CLOCK].now()
    seconds = max(0, int(left.total_seconds()))
    try:
        request[JAR].write(NAME, viewer.model_dump_json(), seconds)
    except ValueError:
        # Somebody works for so many venues that no cookie holds their access token. It is left
        # out, and the session is renewed with the next page.
        request[JAR].write(NAME, viewer.without_access_token().model_dump_json(), seconds)


async def _renew(request: web.Request, viewer: Viewer) -> None:
    """Renew the session; while accounts is away, the old token serves until its end."""
    is_over = viewer.expires_at <= request.app[CLOCK].now()
    try:
        renewed = await request.app[ACCOUNTS].renew(viewer.session_token, visitor_headers(request))
    except ProblemAnswer as problem:
        _log.info("session.not_renewed", code=problem.code)
        request[JAR].remove(NAME)
        request[VIEWER] = None
    except Unavailable:
        if is_over:
            request[VIEWER] = None
            request[SESSION_UNSURE] = True
    else:
        _keep(request, renewed)

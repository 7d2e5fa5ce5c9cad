"""`/login/second`: the second step of signing in, by an authenticator, recovery code or passkey."""

import re
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from services.web.browser.session import begin_session, viewer_of
from services.web.domain.landing import SET_UP, landing
from services.web.domain.local_path import local_path
from services.web.domain.viewer import Viewer
from services.web.keys import FORM, SECURITY
from services.web.rendering.answers import go_to, page
from shared.http.client import ProblemAnswer

UNPROCESSABLE: Final = 422
TOO_MANY: Final = 429
LONGEST_CODE: Final = 64
_NOT_DIGITS: Final = re.compile(r"\D")


async def show(request: web.Request) -> web.Response:
    """Ask for the code, or for another second factor of the person."""
    back = local_path(request.query.get("next"))
    return await _ask(request, back, by_recovery=request.query.get("by") == "recovery")


async def check(request: web.Request) -> web.Response:
    """Take the code, and let the person on to where they wanted to go."""
    viewer, form = viewer_of(request), request[FORM]
    back = local_path(form.get("next"))
    by_recovery = form.get("by") == "recovery"
    typed = form.get("code", "")[:LONGEST_CODE]
    try:
        upgraded = await _show_code(request, viewer, typed, by_recovery=by_recovery)
    except ProblemAnswer as problem:
        if problem.status not in {UNPROCESSABLE, TOO_MANY}:
            raise
        error = "second.wait" if problem.status == TOO_MANY else "second.wrong"
        minutes = _minutes(problem)
        return await _ask(request, back, by_recovery=by_recovery, error=error, minutes=minutes)
    begin_session(request, upgraded)
    return go_to(landing(upgraded, back), said="signed_in")


async def _show_code(
    request: web.Request, viewer: Viewer, typed: str, *, by_recovery: bool
) -> Viewer:
    security = request.app[SECURITY]
    if by_recovery:
        return await security.show_recovery_code(viewer, typed)
    return await security.show_totp(viewer, _NOT_DIGITS.sub("", typed))


async def _ask(
    request: web.Request, back: str, *, by_recovery: bool, error: str = "", minutes: int = 0
) -> web.Response:
    factors = await request.app[SECURITY].factors(viewer_of(request))
    if not factors.has_any:
        return go_to(f"{SET_UP}?{urlencode({'next': back})}")
    context = {
        "back": back,
        "factors": factors,
        "by_recovery": by_recovery,
        "to": urlencode({"next": back}),
        "error": error,
        "minutes": minutes,
    }
    return page(request, "second_factor.html", context, status=UNPROCESSABLE if error else 200)


def _minutes(problem: ProblemAnswer) -> int:
    """Return the minutes that a refusal says to wait, rounded up."""
    seconds = problem.params.get("retry_after_seconds")
    return -(-seconds // 60) if isinstance(seconds, int) else 1

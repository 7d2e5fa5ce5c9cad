"""`/login/passkey`: signing in by a passkey, with what the browser's own window asks."""

import json
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from services.web.agreeing import agreed_to, boxes, unticked
from services.web.browser.ending import end_for_good
from services.web.browser.session import begin_session
from services.web.browser.visitor_headers import visitor_headers
from services.web.domain.landing import asking_again, landing
from services.web.domain.local_path import local_path
from services.web.domain.passkey_answer import read_answer
from services.web.keys import FORM, SECURITY, VIEWER
from services.web.rendering.answers import go_to, page
from shared.http.client import ProblemAnswer

UNPROCESSABLE: Final = 422
# The privacy notice has changed since its owner agreed to it.
ASKS_CONSENT: Final = frozenset({"privacy_consent_needed", "consent_text_outdated"})


async def show(request: web.Request) -> web.Response:
    """Have the browser ask for a passkey."""
    return await _ask(request, local_path(request.query.get("next")))


async def sign_in(request: web.Request) -> web.Response:
    """Sign in whoever the passkey belongs to."""
    form, earlier = request[FORM], request[VIEWER]
    back, notice = local_path(form.get("next")), form.get("notice", "")
    answer = read_answer(form)
    if answer is None:
        return await _ask(request, back, "passkey.wrong", notice=notice)
    if notice and (missing := unticked(form)):
        return await _ask(request, back, notice=notice, missing=missing)
    if notice:
        answer |= agreed_to(notice)
    try:
        viewer = await request.app[SECURITY].sign_in(answer, visitor_headers(request))
    except ProblemAnswer as problem:
        return await _refused(request, back, problem)
    begin_session(request, viewer)
    if earlier is not None:
        # The session that lacked a second factor: this one takes its place.
        await end_for_good(request, earlier)
    return go_to(landing(viewer, back), said="signed_in")


async def _refused(request: web.Request, back: str, problem: ProblemAnswer) -> web.Response:
    if problem.code in ASKS_CONSENT:
        # Nobody has read this version yet: earlier ticks say nothing.
        request[FORM] = {}
        return await _ask(request, back, notice=str(problem.params.get("version", "")))
    if problem.code == "account_deactivated":
        return await _ask(request, back, "login.deactivated")
    if problem.status != UNPROCESSABLE:
        raise problem
    return await _ask(request, back, "passkey.wrong")


async def _ask(
    request: web.Request, back: str, error: str = "", *, notice: str = "", missing: str = ""
) -> web.Response:
    """Have the browser ask, below the version of the notice that has to be agreed to first."""
    asked = await request.app[SECURITY].passkey_to_use(visitor_headers(request))
    viewer = request[VIEWER]
    is_in = viewer is not None and not viewer.lacks_second_factor
    context = {
        "back": back,
        "challenge_id": asked.challenge_id,
        "options": json.dumps(asked.options),
        "other_way": asking_again(back) if is_in else "/login?" + urlencode({"next": back}),
        "notice": notice,
        **boxes(request.get(FORM) or {}, missing),
        "error": error,
    }
    status = UNPROCESSABLE if error or notice else 200
    return page(request, "passkey_login.html", context, status=status, scripts=True)

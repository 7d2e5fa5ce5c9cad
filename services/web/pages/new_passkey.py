"""`/me/security/passkeys/new`: a passkey that the browser makes."""

import json
from typing import Final

from aiohttp import web

from services.web.browser.asking import asking
from services.web.domain.local_path import local_path
from services.web.domain.passkey_answer import read_answer
from services.web.enrolling import HERE, finish
from services.web.keys import FORM, LANGUAGE, SECURITY
from services.web.refusals import words_of
from services.web.rendering.answers import page
from shared.http.client import ProblemAnswer
from shared.http.keys import CATALOGUE

LONGEST_NAME: Final = 40
UNPROCESSABLE: Final = 422


async def show(request: web.Request) -> web.Response:
    """Have the browser make a passkey."""
    return await _ask(request, local_path(request.query.get("next"), HERE))


async def add(request: web.Request) -> web.Response:
    """Add the passkey that was made."""
    by, form = asking(request), request[FORM]
    back = local_path(form.get("next"), HERE)
    name = " ".join(form.get("name", "").split())[:LONGEST_NAME]
    answer = read_answer(form)
    if answer is None or not name:
        words = request.app[CATALOGUE].text("passkey.cancelled", request[LANGUAGE])
        return await _ask(request, back, name, words)
    try:
        enrolled = await request.app[SECURITY].add_passkey(by, {**answer, "name": name})
    except ProblemAnswer as problem:
        return await _ask(request, back, name, words_of(problem))
    return finish(request, enrolled, back, "passkey_added")


async def _ask(request: web.Request, back: str, name: str = "", error: str = "") -> web.Response:
    status = UNPROCESSABLE if error else 200
    asked = None
    try:
        asked = await request.app[SECURITY].passkey_to_make(asking(request))
    except ProblemAnswer as problem:
        # There are as many as can be: nothing to be made, and only why.
        error, status = words_of(problem), problem.status
    context = {
        "back": back,
        "name": name,
        "asked": asked,
        "options": json.dumps(asked.options) if asked else "",
        "error": error,
    }
    return page(request, "new_passkey.html", context, status=status, scripts=asked is not None)

"""`/me/data`: take one's data away, agree or not, keep children, and be forgotten."""

import asyncio
from typing import Final

from aiohttp import hdrs, web

from services.web.browser.asking import asking
from services.web.browser.proving import way_to_prove
from services.web.browser.session import end_session, viewer_of
from services.web.keys import FORM, PRIVACY
from services.web.paths import read_id
from services.web.rendering.answers import HEADERS, go_to, page
from shared.core.errors import NotFound
from shared.http.client import ProblemAnswer

HERE: Final = "/me/data"
UNPROCESSABLE: Final = 422
CONFLICT: Final = 409
TOO_MANY: Final = 429
# Where somebody comes back to who had to show anew who they are.
ASKED_AGAIN: Final = "/me/data/erase?again=yes"
LONGEST_NAME: Final = 60
TEXTS: Final = ("privacy", "children", "marketing")


async def show(request: web.Request) -> web.Response:
    """Show what one can do about one's data."""
    return await _answer(request)


async def take_away(request: web.Request) -> web.Response:
    """Hand over the archive; a form, because each one is counted."""
    try:
        archive = await request.app[PRIVACY].archive(viewer_of(request))
    except ProblemAnswer as problem:
        if problem.status != TOO_MANY:
            raise
        return await _answer(request, archive_error="data.too_often", status=TOO_MANY)
    disposition = archive.headers.get(hdrs.CONTENT_DISPOSITION, "attachment")
    return web.Response(
        body=archive.body,
        content_type="application/zip",
        headers={**HEADERS, hdrs.CONTENT_DISPOSITION: disposition},
    )


async def agree(request: web.Request) -> web.Response:
    """Agree to a text, or take that back."""
    viewer, form = viewer_of(request), request[FORM]
    text, version = form.get("text", ""), form.get("version", "")
    if text not in TEXTS:
        raise NotFound
    try:
        await request.app[PRIVACY].record(viewer, text, version, given=form.get("given") == "yes")
    except ProblemAnswer as problem:
        if problem.status not in {UNPROCESSABLE, CONFLICT}:
            raise
        # The text has changed since the page was opened: the new one is shown.
        return go_to(HERE, said="changed_meanwhile")
    return go_to(HERE, said="saved")


async def add_child(request: web.Request) -> web.Response:
    """Keep a child."""
    viewer, form = viewer_of(request), request[FORM]
    name, year = " ".join(form.get("child_name", "").split()), form.get("birth_year", "")
    typed = {"child_name": name, "birth_year": year}
    if not name or len(name) > LONGEST_NAME or not (year.isascii() and year.isdigit()):
        return await _answer(request, typed, child_error="data.child_wrong")
    try:
        await request.app[PRIVACY].add_child(viewer, name, int(year[:4]))
    except ProblemAnswer as problem:
        if problem.status not in {UNPROCESSABLE, CONFLICT}:
            raise
        error = "data.child_wrong" if problem.status == UNPROCESSABLE else "data.child_refused"
        return await _answer(request, typed, child_error=error)
    return go_to(HERE, said="saved")


async def remove_child(request: web.Request) -> web.Response:
    """Delete a child."""
    child_id = read_id(request[FORM].get("child_id", ""))
    await request.app[PRIVACY].remove_child(viewer_of(request), child_id)
    return go_to(HERE, said="saved")


async def ask_to_erase(request: web.Request) -> web.Response:
    """Say in plain words what being forgotten means, and ask once more.

    Whoever had to sign in anew for it is told that nothing has been erased yet.
    """
    viewer_of(request)
    return _ask_to_erase(request)


async def erase(request: web.Request) -> web.Response:
    """Erase the account, and sign out."""
    by = asking(request)
    if request[FORM].get("understood") != "yes":
        return _ask_to_erase(request, error="data.erase_unconfirmed", status=UNPROCESSABLE)
    try:
        await request.app[PRIVACY].erase(by)
    except ProblemAnswer as problem:
        if way := way_to_prove(problem, ASKED_AGAIN):
            return way
        if problem.status != CONFLICT:
            raise
        # Why it can't be now, in the words of the service.
        return _ask_to_erase(request, told=problem.detail, status=CONFLICT)
    end_session(request)
    return go_to("/", said="erased")


def _ask_to_erase(
    request: web.Request, *, error: str = "", told: str = "", status: int = 200
) -> web.Response:
    context = {"error": error, "told": told, "again": request.query.get("again") == "yes"}
    return page(request, "erase.html", context, status=status)


async def _answer(
    request: web.Request,
    typed: dict[str, str] | None = None,
    *,
    child_error: str = "",
    archive_error: str = "",
    status: int = 200,
) -> web.Response:
    viewer, privacy = viewer_of(request), request.app[PRIVACY]
    texts, consents, children = await asyncio.gather(
        privacy.texts(), privacy.consents(viewer), privacy.children(viewer)
    )
    context = {
        "texts": texts,
        "consents": consents,
        "children": children,
        "typed": typed or {"child_name": "", "birth_year": ""},
        "child_error": child_error,
        "archive_error": archive_error,
    }
    code = UNPROCESSABLE if child_error else status
    return page(request, "my_data.html", context, status=code)

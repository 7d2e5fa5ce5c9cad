"""`/office/approvals`: listings that wait for the tourism office."""

from typing import Final

from aiohttp import web

from services.web.browser.session import officer_of
from services.web.keys import FORM, VENUES
from services.web.paths import read_id
from services.web.rendering.answers import go_to, page
from shared.core.ids import random_token
from shared.http.client import ProblemAnswer

LONGEST_REASON: Final = 500
CONFLICT: Final = 409
UNPROCESSABLE: Final = 422


async def show(request: web.Request) -> web.Response:
    """Show the venues that were submitted."""
    return await _answer(request, {}, {})


async def approve(request: web.Request) -> web.Response:
    """Publish a venue."""
    return await _move(request, "approvals", {}, said="approved")


async def reject(request: web.Request) -> web.Response:
    """Send a venue back to its operator, with the reason."""
    officer_of(request)
    venue_id = request[FORM].get("venue_id", "")
    reason = request[FORM].get("reason", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        errors = {venue_id: "approvals.reason_missing" if not reason else "approvals.reason_long"}
        return await _answer(request, errors, {venue_id: reason}, status=UNPROCESSABLE)
    return await _move(request, "rejections", {"reason": reason}, said="rejected")


async def _move(
    request: web.Request, step: str, body: dict[str, str], *, said: str
) -> web.Response:
    viewer = officer_of(request)
    venue_id = read_id(request[FORM].get("venue_id", ""))
    key = request[FORM].get("key", "")[:64] or random_token(16)
    try:
        await request.app[VENUES].move(venue_id, step, viewer, key, body)
    except ProblemAnswer as problem:
        if problem.status != CONFLICT:
            raise
        return go_to("/office/approvals", said="changed_meanwhile")
    return go_to("/office/approvals", said=said)


async def _answer(
    request: web.Request, errors: dict[str, str], reasons: dict[str, str], *, status: int = 200
) -> web.Response:
    viewer = officer_of(request)
    waiting = await request.app[VENUES].venues(state="submitted", viewer=viewer)
    context = {
        "waiting": [venue for venue in waiting if venue.state == "submitted"],
        "errors": errors,
        "reasons": reasons,
        "new_key": random_token,
    }
    return page(request, "approvals.html", context, status=status)

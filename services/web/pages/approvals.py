"""`/office/approvals`: listings that wait for the tourism office."""

from collections.abc import Awaitable
from typing import Final
from uuid import UUID

from aiohttp import web

from services.web.browser.session import officer_of
from services.web.keys import FORM, VENUES
from services.web.paths import read_id, read_version
from services.web.rendering.answers import go_to, page
from shared.http.client import ProblemAnswer

LONGEST_REASON: Final = 500
CHANGED: Final = frozenset({409, 412})
# What a venue lacks to be public.
LACKING: Final = {"venue_without_schedule": "no_schedule", "licence_missing": "no_licence"}
UNPROCESSABLE: Final = 422


async def show(request: web.Request) -> web.Response:
    """Show the venues that were submitted."""
    return await _answer(request, {}, {})


async def approve(request: web.Request) -> web.Response:
    """Publish a venue as it was looked at."""
    viewer = officer_of(request)
    venue_id, version = _named(request)
    deciding = request.app[VENUES].approve(viewer, venue_id, version)
    return await _decided(deciding, said="approved")


async def reject(request: web.Request) -> web.Response:
    """Send a venue back to its operator, with the reason."""
    viewer = officer_of(request)
    typed_id = request[FORM].get("venue_id", "")
    reason = request[FORM].get("reason", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        errors = {typed_id: "approvals.reason_missing" if not reason else "approvals.reason_long"}
        return await _answer(request, errors, {typed_id: reason}, status=UNPROCESSABLE)
    venue_id, version = _named(request)
    deciding = request.app[VENUES].reject(viewer, venue_id, version, reason)
    return await _decided(deciding, said="rejected")


def _named(request: web.Request) -> tuple[UUID, int]:
    form = request[FORM]
    return read_id(form.get("venue_id", "")), read_version(form.get("version", ""))


async def _decided(deciding: Awaitable[None], *, said: str) -> web.Response:
    try:
        await deciding
    except ProblemAnswer as problem:
        if problem.status not in CHANGED:
            raise
        said = LACKING.get(problem.code, "changed_meanwhile")
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
    }
    return page(request, "approvals.html", context, status=status)

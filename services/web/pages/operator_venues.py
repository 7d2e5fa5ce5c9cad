"""`/operator/venues`: the operator's own listings and where each of them stands."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.web.browser.session import operator_of
from services.web.clients.seen import for_each
from services.web.clients.venues import Venue
from services.web.keys import FORM, VENUES
from services.web.paths import read_id, read_version
from services.web.rendering.answers import go_to, page
from shared.http.client import ProblemAnswer

# In the order in which somebody has to do something.
STATES: Final = ("rejected", "draft", "submitted", "published", "paused", "archived")
CHANGED: Final = frozenset({409, 412})


async def show(request: web.Request) -> web.Response:
    """Show all venues of the operator, whatever their state."""
    viewer = operator_of(request)

    async def ask(organisation: UUID) -> list[Venue]:
        venues = request.app[VENUES]
        return await venues.venues(state="any", organisation=organisation, viewer=viewer)

    found = [venue for group in await for_each(viewer.organisations, ask) for venue in group]
    found.sort(key=lambda venue: _rank(venue.state))
    rejected = [venue.venue_id for venue in found if venue.state == "rejected"]

    async def ask_reason(venue_id: UUID) -> str:
        return await request.app[VENUES].rejection_reason(viewer, venue_id)

    reasons = dict(zip(rejected, await for_each(rejected, ask_reason), strict=True))
    return page(request, "operator_venues.html", {"venues": found, "reasons": reasons})


async def submit(request: web.Request) -> web.Response:
    """Hand a draft to the tourism office."""
    viewer = operator_of(request)
    form = request[FORM]
    venue_id, version = read_id(form.get("venue_id", "")), read_version(form.get("version", ""))
    try:
        await request.app[VENUES].submit(viewer, venue_id, version)
    except ProblemAnswer as problem:
        if problem.status not in CHANGED:
            raise
        return go_to("/operator/venues", said="changed_meanwhile")
    return go_to("/operator/venues", said="submitted")


def _rank(state: str) -> int:
    return STATES.index(state) if state in STATES else len(STATES)

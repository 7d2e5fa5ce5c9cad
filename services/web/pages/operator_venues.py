"""`/operator/venues`: the operator's own listings and where each of them stands."""

from typing import Final

from aiohttp import web

from services.web.browser.session import operator_of
from services.web.clients.seen import for_each
from services.web.clients.venues import Venue
from services.web.domain.viewer import Viewer
from services.web.keys import FORM, VENUES
from services.web.paths import read_id
from services.web.rendering.answers import go_to, page
from shared.core.ids import random_token
from shared.http.client import ProblemAnswer

# In the order in which somebody has to do something.
STATES: Final = ("rejected", "draft", "submitted", "published", "paused")
CONFLICT: Final = 409


async def show(request: web.Request) -> web.Response:
    """Show all venues of the operator, whatever their state."""
    viewer = operator_of(request)

    async def ask(state: str) -> list[Venue]:
        return await request.app[VENUES].venues(state=state, viewer=viewer)

    found = [venue for group in await for_each(STATES, ask) for venue in group]
    context = {"venues": _own(found, viewer), "new_key": random_token}
    return page(request, "operator_venues.html", context)


async def submit(request: web.Request) -> web.Response:
    """Hand a draft to the tourism office."""
    viewer = operator_of(request)
    venue_id = read_id(request[FORM].get("venue_id", ""))
    key = request[FORM].get("key", "")[:64] or random_token(16)
    try:
        await request.app[VENUES].move(venue_id, "submissions", viewer, key, {})
    except ProblemAnswer as problem:
        if problem.status != CONFLICT:
            raise
        return go_to("/operator/venues", said="changed_meanwhile")
    return go_to("/operator/venues", said="submitted")


def _own(venues: list[Venue], viewer: Viewer) -> list[Venue]:
    """Return the operator's own, each once: a service may list public ones beside them."""
    own = {v.venue_id: v for v in venues if v.organisation_id in viewer.organisations}
    return sorted(own.values(), key=lambda venue: _rank(venue.state))


def _rank(state: str) -> int:
    return STATES.index(state) if state in STATES else len(STATES)

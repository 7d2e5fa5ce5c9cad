"""Show a closure with what it touches and all that was done with it."""

from typing import Final

from aiohttp import web

from services.venues.closures.impact import impact_if_known
from services.venues.closures.views import ClosureView, closure_view, scope_of
from services.venues.paths import ClosurePath
from shared.core.errors import NotFound
from shared.db import acquire, transaction
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route

# What is decided keeps its figures.
KEEP: Final = "update closures set read_impact = $2 where closure_id = $1 and state = 'proposed'"


@route(
    "GET",
    "/v1/closures/{closure_id}",
    access=may("closure.read"),
    errors=(NotFound,),
)
async def show_closure(
    request: web.Request, caller: Caller, path: ClosurePath
) -> Versioned[ClosureView]:
    """Show a closure to the office, and an operator's to the people of the venue.

    What a proposal would touch is counted anew: until it is approved, people go on booking. So the
    answer is always sent whole, to whoever knows its version too. What was counted is kept for the
    approval, which may have no time for counting.
    """
    async with acquire(request.app[DATABASE]) as conn:
        view = await closure_view(conn, path.closure_id, request.app[CLOCK].now())
    if not caller.is_office and (
        view.organisation_id is None
        or not caller.may("closure.read", view.organisation_id, view.venue_ids[0])
    ):
        raise NotFound
    if view.state == "proposed":
        impact = await impact_if_known(request.app, scope_of(view))
        if impact is not None:
            async with transaction(request.app[DATABASE]) as conn:
                await conn.execute(KEEP, view.closure_id, impact.model_dump(mode="json"))
        view = view.model_copy(update={"impact_now": impact})
    return Versioned(view, view.version, shows_more=True)

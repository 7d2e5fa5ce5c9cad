"""Show an offering."""

from typing import Final

from aiohttp import web

from services.venues.caching import readable
from services.venues.domain.life import State
from services.venues.ownership import sees
from services.venues.paths import OfferingPath
from services.venues.views import OfferingView, offering_view
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import DATABASE
from shared.http.route import route

FIND_STATE: Final = "select state from venues where venue_id = $1"


@route("GET", "/v1/offerings/{offering_id}", access=may("public.read"), errors=(NotFound,))
async def show_offering(
    request: web.Request, caller: Caller | None, path: OfferingPath
) -> Versioned[OfferingView] | web.Response:
    """Show an offering of a published venue to everybody; else to its operator and the office.

    So is one that is held back until the office approves of it.
    """
    async with acquire(request.app[DATABASE]) as conn:
        view = await offering_view(conn, path.offering_id)
        state: State = await conn.fetchval(FIND_STATE, view.venue_id)
    if not sees(caller, view.organisation_id, view.venue_id, state, held_back=view.held_back):
        raise NotFound
    return readable(request, caller, view, view.version)

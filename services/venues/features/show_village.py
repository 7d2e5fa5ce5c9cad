"""Show a village."""

from aiohttp import web

from services.venues.caching import readable
from services.venues.paths import VillagePath
from services.venues.village_views import VillageView, village_view
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import DATABASE
from shared.http.route import route


@route("GET", "/v1/villages/{village}", access=may("public.read"), errors=(NotFound,))
async def show_village(
    request: web.Request, caller: Caller | None, path: VillagePath
) -> Versioned[VillageView] | web.Response:
    """Show a village by its slug or its id."""
    async with acquire(request.app[DATABASE]) as conn:
        view = await village_view(conn, path.village)
    return readable(request, caller, view, view.version)

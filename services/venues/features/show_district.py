"""Show a district and its rules."""

from aiohttp import web

from services.venues.district_views import DistrictView, district_view
from services.venues.paths import DistrictPath
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import may
from shared.http.etags import Versioned
from shared.http.keys import DATABASE
from shared.http.route import route


@route("GET", "/v1/districts/{district_id}", access=may("statistics.read"), errors=(NotFound,))
async def show_district(request: web.Request, path: DistrictPath) -> Versioned[DistrictView]:
    """Show a district to the office."""
    async with acquire(request.app[DATABASE]) as conn:
        view = await district_view(conn, path.district_id)
    return Versioned(view, view.version)

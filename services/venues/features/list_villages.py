"""List the villages, each with the number of its venues that take bookings."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.caching import readable
from services.venues.village_views import VillageView
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class VillagesQuery(Query):
    """Which page of the villages."""

    cursor: Cursor | None = None
    limit: Limit = 50


class ListedVillage(VillageView):
    """A village; `venue_count` counts its published venues."""

    venue_count: int


LIST: Final = """
select
    g.village_id,
    g.district_id,
    g.slug,
    g.name,
    g.subdistrict,
    g.story,
    g.how_to_get_there,
    jsonb_build_object('lat', g.latitude, 'lon', g.longitude) as location,
    g.day_capacity,
    g.hour_capacity,
    g.warn_percent,
    g.steer_percent,
    array(
        select neighbour_id
        from village_neighbours n
        where n.village_id = g.village_id
        order by n.place
    ) as neighbours,
    count(v.venue_id) as venue_count,
    g.edit_version as version
from villages g
left join venues v on v.village_id = g.village_id and v.state = 'published'
where $1::uuid is null or g.village_id > $1
group by g.village_id
order by g.village_id
limit $2
"""


@route("GET", "/v1/villages", access=may("public.read"), kept=True)
async def list_villages(
    request: web.Request, caller: Caller | None, query: VillagesQuery
) -> Page[ListedVillage] | web.Response:
    """List the villages in the order in which they were entered."""
    position: UUID | None = position_of(query.cursor)
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(conn, ListedVillage, LIST, position, query.limit + 1)
    items, following = page_of(found, query.limit, lambda village: village.village_id)
    page = Page[ListedVillage](items=items, next=following)
    return page if caller is None else readable(request, caller, page)

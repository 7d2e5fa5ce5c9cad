"""What the service shows of a village."""

from typing import Final
from uuid import UUID

from services.venues.fields import Location
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.db import Connection, fetch_first
from shared.http.models import Reply


class VillageView(Reply):
    """A village; `version` counts its edits, for ETag and If-Match.

    From `warn_percent` of its day's capacity on it is nearly full, from `steer_percent` on search
    leads visitors to its `neighbours`. `hour_capacity` is for people to read: no booking is
    refused by it.
    """

    village_id: UUID
    district_id: UUID
    slug: str
    name: LocalizedText
    subdistrict: LocalizedText
    story: LocalizedText
    how_to_get_there: LocalizedText
    location: Location
    day_capacity: int
    hour_capacity: int | None
    warn_percent: int
    steer_percent: int
    neighbours: tuple[UUID, ...]
    version: int


VILLAGE: Final = """
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
    g.edit_version as version
from villages g
where g.slug = $1 or g.village_id::text = $1
"""


async def village_view(conn: Connection, slug_or_id: str) -> VillageView:
    """Return a village by its slug or its id. Raises NotFound."""
    view = await fetch_first(conn, VillageView, VILLAGE, slug_or_id)
    if view is None:
        raise NotFound
    return view

"""Change what is known of a village, or how many visitors it can carry."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.errors import SlugTaken
from services.venues.fields import (
    Changes,
    DayCapacity,
    HourCapacity,
    Location,
    LongText,
    Name,
    Neighbours,
    Percent,
    Slug,
)
from services.venues.paths import VillagePath
from services.venues.steering import set_neighbours, unfit_thresholds
from services.venues.telling import tell_village
from services.venues.village_views import VillageView, village_view
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.keys import DATABASE
from shared.http.route import route
from shared.messaging import audit


class ChangeVillage(Changes):
    """What to change of a village."""

    slug: Slug | None = None
    name: Name | None = None
    subdistrict: Name | None = None
    story: LongText | None = None
    how_to_get_there: LongText | None = None
    location: Location | None = None
    day_capacity: DayCapacity | None = None
    hour_capacity: HourCapacity | None = None
    warn_percent: Percent | None = None
    steer_percent: Percent | None = None
    neighbours: Neighbours | None = None


LOCK: Final = """
select village_id, edit_version
from villages
where slug = $1 or village_id::text = $1
for no key update
"""

UPDATE: Final = """
update villages
set
    slug = coalesce($2, slug),
    name = coalesce($3, name),
    subdistrict = coalesce($4, subdistrict),
    story = coalesce($5, story),
    how_to_get_there = coalesce($6, how_to_get_there),
    latitude = coalesce($7, latitude),
    longitude = coalesce($8, longitude),
    day_capacity = coalesce($9, day_capacity),
    hour_capacity = coalesce($10, hour_capacity),
    warn_percent = coalesce($11, warn_percent),
    steer_percent = coalesce($12, steer_percent),
    edit_version = edit_version + 1
where village_id = $1
"""

# A venue shows its village's name, so what its readers hold is out of date as well.
RENEW_VENUES: Final = "update venues set edit_version = edit_version + 1 where village_id = $1"


@route(
    "PATCH",
    "/v1/villages/{village}",
    access=may("village.change"),
    errors=(NotFound, PreconditionFailed, SlugTaken),
)
async def change_village(
    request: web.Request,
    caller: Caller,
    path: VillagePath,
    body: ChangeVillage,
    if_match: RequiredIfMatch,
) -> Versioned[VillageView]:
    """Change a village; the others hear of it as it is then.

    It goes through only where nobody else made a change since the village was read.
    """
    async with transaction(request.app[DATABASE]) as conn:
        row = await conn.fetchrow(LOCK, path.village)
        if row is None:
            raise NotFound
        if_match.check(row["edit_version"])
        village_id: UUID = row["village_id"]
        if body.model_fields_set:
            refusals = constraint_errors(
                {
                    "villages_slug_is_unique": lambda: SlugTaken(slug=body.slug),
                    "villages_thresholds_rise": unfit_thresholds,
                }
            )
            with refusals:
                await conn.execute(UPDATE, village_id, *_values(body))
            if body.neighbours is not None:
                await set_neighbours(conn, village_id, body.neighbours)
            if body.model_fields_set & {"slug", "name"}:
                await conn.execute(RENEW_VENUES, village_id)
            await tell_village(conn, village_id)
            await audit.record(
                conn,
                caller,
                action="village.changed",
                subject=village_id,
                details={"fields": tuple(sorted(body.model_fields_set))},
            )
        view = await village_view(conn, str(village_id))
    return Versioned(view, view.version)


def _values(body: ChangeVillage) -> tuple[object, ...]:
    return (
        body.slug,
        body.name and body.name.model_dump(),
        body.subdistrict and body.subdistrict.model_dump(),
        body.story and body.story.model_dump(),
        body.how_to_get_there and body.how_to_get_there.model_dump(),
        body.location and body.location.lat,
        body.location and body.location.lon,
        body.day_capacity,
        body.hour_capacity,
        body.warn_percent,
        body.steer_percent,
    )

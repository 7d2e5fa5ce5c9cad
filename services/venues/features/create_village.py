"""Enter a village, so that operators can bring their venues."""

from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.venues.domain.steering import STEER_PERCENT, WARN_PERCENT
from services.venues.errors import SlugTaken
from services.venues.fields import (
    DayCapacity,
    HourCapacity,
    Location,
    LongText,
    Name,
    Neighbours,
    Percent,
    Slug,
)
from services.venues.steering import set_neighbours, unfit_thresholds
from services.venues.telling import tell_village
from services.venues.village_views import VillageView, village_view
from shared.db import constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route
from shared.http.validation import invalid
from shared.messaging import audit


class CreateVillage(Body):
    """A village as the office enters it."""

    district_id: UUID
    slug: Slug
    name: Name
    subdistrict: Name
    story: LongText
    how_to_get_there: LongText
    location: Location
    day_capacity: DayCapacity
    hour_capacity: HourCapacity | None = None
    warn_percent: Percent = WARN_PERCENT
    steer_percent: Percent = STEER_PERCENT
    neighbours: Neighbours = Field(default_factory=list)


INSERT: Final = """
insert into villages (
    village_id, district_id, slug, name, subdistrict, story, how_to_get_there,
    latitude, longitude, day_capacity, hour_capacity, warn_percent, steer_percent
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""


@route(
    "POST",
    "/v1/villages",
    access=may("village.change"),
    status=201,
    idempotent=True,
    errors=(SlugTaken,),
)
async def create_village(
    request: web.Request, caller: Caller, body: CreateVillage, idempotency: Idempotency
) -> VillageView:
    """Enter a village; the others hear of it and of what it can carry at once."""
    refusals = constraint_errors(
        {
            "villages_slug_is_unique": lambda: SlugTaken(slug=body.slug),
            "villages_district_exists": lambda: invalid("body", "/district_id", "unknown_district"),
            "villages_thresholds_rise": unfit_thresholds,
        }
    )
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, VillageView):
            return earlier
        village_id = request.app[IDS].new()
        with refusals:
            await conn.execute(
                INSERT,
                village_id,
                body.district_id,
                body.slug,
                body.name.model_dump(),
                body.subdistrict.model_dump(),
                body.story.model_dump(),
                body.how_to_get_there.model_dump(),
                body.location.lat,
                body.location.lon,
                body.day_capacity,
                body.hour_capacity,
                body.warn_percent,
                body.steer_percent,
            )
        await set_neighbours(conn, village_id, body.neighbours)
        await tell_village(conn, village_id)
        await audit.record(
            conn,
            caller,
            action="village.created",
            subject=village_id,
            details={"day_capacity": body.day_capacity},
        )
        return await idempotency.keep(conn, await village_view(conn, str(village_id)))

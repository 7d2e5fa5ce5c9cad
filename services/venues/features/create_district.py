"""Enter a district: the area whose carrying capacity all of its villages share."""

from typing import Final

from aiohttp import web

from services.venues.district_views import DistrictView
from services.venues.errors import SlugTaken
from services.venues.fields import DayCapacity, Name, Slug
from shared.db import constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route
from shared.messaging import audit


class CreateDistrict(Body):
    """A district as the office enters it."""

    slug: Slug
    name: Name
    day_capacity: DayCapacity


INSERT: Final = """
insert into districts (district_id, slug, name, day_capacity)
values ($1, $2, $3, $4)
"""


@route(
    "POST",
    "/v1/districts",
    access=may("district.change"),
    status=201,
    idempotent=True,
    errors=(SlugTaken,),
)
async def create_district(
    request: web.Request, caller: Caller, body: CreateDistrict, idempotency: Idempotency
) -> DistrictView:
    """Enter a district; its capacity is told with each of its villages."""
    taken = constraint_errors({"districts_slug_is_unique": lambda: SlugTaken(slug=body.slug)})
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, DistrictView):
            return earlier
        view = DistrictView(district_id=request.app[IDS].new(), **dict(body))
        with taken:
            await conn.execute(
                INSERT, view.district_id, body.slug, body.name.model_dump(), body.day_capacity
            )
        await audit.record(
            conn,
            caller,
            action="district.created",
            subject=view.district_id,
            details={"day_capacity": body.day_capacity},
        )
        return await idempotency.keep(conn, view)

"""Bring a venue: an operator's draft, seen by nobody else until the office has approved it."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.errors import SlugTaken
from services.venues.fields import DayCapacity, LongText, Name, ShortText, Slug
from services.venues.history import Entry, operator, record_edit
from services.venues.views import VenueView, venue_view
from shared.core.errors import NotFound
from shared.db import Connection, constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route
from shared.http.validation import invalid


class CreateVenue(Body):
    """A venue as its operator describes it."""

    organisation_id: UUID
    village_id: UUID
    slug: Slug
    name: Name
    summary: ShortText
    description: LongText
    address: ShortText
    day_capacity: DayCapacity


INSERT: Final = """
insert into venues (
    venue_id, organisation_id, village_id, slug, name, summary, description, address, day_capacity
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


@route(
    "POST",
    "/v1/venues",
    access=may("venue.create"),
    status=201,
    idempotent=True,
    errors=(NotFound, SlugTaken),
)
async def create_venue(
    request: web.Request, caller: Caller, body: CreateVenue, idempotency: Idempotency
) -> VenueView:
    """Bring a venue of an organisation that the caller works for. It begins as a draft."""
    if not caller.may("venue.create", body.organisation_id):
        raise NotFound
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, VenueView):
            return earlier
        venue_id = request.app[IDS].new()
        await _insert(conn, venue_id, body)
        view = await venue_view(conn, venue_id)
        entry = Entry(what="venue_created", venue_id=venue_id)
        await record_edit(conn, request.app, operator(caller), entry, before=None, after=view)
        return await idempotency.keep(conn, view)


async def _insert(conn: Connection, venue_id: UUID, body: CreateVenue) -> None:
    refusals = constraint_errors(
        {
            "venues_slug_is_unique": lambda: SlugTaken(slug=body.slug),
            "venues_village_exists": lambda: invalid("body", "/village_id", "unknown_village"),
        }
    )
    with refusals:
        await conn.execute(
            INSERT,
            venue_id,
            body.organisation_id,
            body.village_id,
            body.slug,
            body.name.model_dump(),
            body.summary.model_dump(),
            body.description.model_dump(),
            body.address.model_dump(),
            body.day_capacity,
        )

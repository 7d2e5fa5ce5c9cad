"""Change a venue's texts, address or capacity."""

from typing import Final

from aiohttp import web

from services.venues.errors import SlugTaken
from services.venues.fields import Changes, DayCapacity, LongText, Name, ShortText, Slug
from services.venues.ownership import lock_own_venue
from services.venues.paths import VenuePath
from services.venues.telling import publish_venue
from services.venues.views import VenueView, venue_view
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import DATABASE
from shared.http.route import route


class ChangeVenue(Changes):
    """What to change of a venue. Its village and its organisation stay."""

    slug: Slug | None = None
    name: Name | None = None
    summary: ShortText | None = None
    description: LongText | None = None
    address: ShortText | None = None
    day_capacity: DayCapacity | None = None


UPDATE: Final = """
update venues
set
    slug = coalesce($2, slug),
    name = coalesce($3, name),
    summary = coalesce($4, summary),
    description = coalesce($5, description),
    address = coalesce($6, address),
    day_capacity = coalesce($7, day_capacity),
    edit_version = edit_version + 1
where venue_id = $1
"""


@route(
    "PATCH",
    "/v1/venues/{venue_id}",
    access=may("venue.change"),
    errors=(NotFound, PreconditionFailed, SlugTaken),
)
async def change_venue(
    request: web.Request, caller: Caller, path: VenuePath, body: ChangeVenue, if_match: IfMatch
) -> Versioned[VenueView]:
    """Change a venue of the caller's organisation; a published one is published again.

    With If-Match the change goes through only where nobody else made one in between; without
    the header the last one wins.
    """
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_own_venue(conn, path.venue_id, caller, "venue.change")
        if_match.check(venue.edit_version)
        if body.model_fields_set:
            with constraint_errors({"venues_slug_is_unique": lambda: SlugTaken(slug=body.slug)}):
                await conn.execute(UPDATE, venue.venue_id, *_values(body))
            if venue.on_sale:
                await publish_venue(conn, venue.venue_id)
        view = await venue_view(conn, venue.venue_id)
    return Versioned(view, view.version)


def _values(body: ChangeVenue) -> tuple[object, ...]:
    return (
        body.slug,
        body.name and body.name.model_dump(),
        body.summary and body.summary.model_dump(),
        body.description and body.description.model_dump(),
        body.address and body.address.model_dump(),
        body.day_capacity,
    )

"""A venue that is edited: its texts, its address, its capacity."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self
from uuid import UUID

from aiohttp import web
from pydantic import JsonValue
from pydantic_core import to_json

from services.venues.domain.significance import Place, Significant, of_venue
from services.venues.errors import SlugTaken
from services.venues.fields import Changes, DayCapacity, LongText, Name, ShortText, Slug
from services.venues.history import What
from services.venues.licensing import no_new_gaps
from services.venues.offering_writing import renew_venue
from services.venues.ownership import LockedVenue
from services.venues.telling import publish_venue
from services.venues.views import VenueView, venue_view
from shared.db import Connection, constraint_errors
from shared.http.keys import CLOCK


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


@dataclass(frozen=True, slots=True)
class VenueListing:
    """A venue whose row this transaction holds."""

    coupled: ClassVar[frozenset[str]] = frozenset()
    edited: ClassVar[What] = "venue_changed"

    venue: LockedVenue
    view: VenueView
    offering_id: UUID | None = None

    @property
    def version(self) -> int:
        """The version that an editor has read."""
        return self.venue.edit_version

    def read(self, changes: dict[str, JsonValue]) -> ChangeVenue:
        """Return changes that were kept as a body again."""
        return ChangeVenue.model_validate_json(to_json(changes))

    def faults(self, body: ChangeVenue) -> list[tuple[str, str]]:
        """Return nothing: each field of a venue stands for itself."""
        del body
        return []

    def significant(self, body: ChangeVenue) -> list[Significant]:
        """Return what of a change matters to visitors."""
        before = Place(self.view.address, self.view.day_capacity)
        capacity = before.day_capacity if body.day_capacity is None else body.day_capacity
        return of_venue(before, Place(body.address or before.address, capacity))

    async def apply(self, conn: Connection, app: web.Application, body: ChangeVenue) -> None:
        """Change the venue; one that is on sale is published again.

        Raises SlugTaken, and LicenceMissing where room for more people makes an event a large one.
        """
        async with no_new_gaps(conn, self.venue, app[CLOCK].now()):
            with constraint_errors({"venues_slug_is_unique": lambda: SlugTaken(slug=body.slug)}):
                await conn.execute(UPDATE, self.venue.venue_id, *_values(body))
        if self.venue.on_sale:
            await publish_venue(conn, self.venue.venue_id)

    async def renew(self, conn: Connection) -> None:
        """Give the venue its next version."""
        await renew_venue(conn, self.venue.venue_id)

    async def again(self, conn: Connection) -> Self:
        """Return the venue as it is by now."""
        return replace(self, view=await venue_view(conn, self.venue.venue_id))


def _values(body: ChangeVenue) -> tuple[object, ...]:
    return (
        body.slug,
        body.name and body.name.model_dump(),
        body.summary and body.summary.model_dump(),
        body.description and body.description.model_dump(),
        body.address and body.address.model_dump(),
        body.day_capacity,
    )

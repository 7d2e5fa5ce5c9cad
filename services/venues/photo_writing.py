"""What changing photos has in common: whose they are, the lock, the version, the record."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field

from services.venues import history
from services.venues.domain.differences import Difference
from services.venues.fields import ShortText
from services.venues.offering_writing import renew_venue
from services.venues.ownership import LockedVenue, lock_own_venue
from shared.core.errors import NotFound
from shared.db import Connection
from shared.http.access import Caller
from shared.http.models import line

MOST_PHOTOS: Final = 30

# What somebody who can't see the picture is told; in both languages, never empty.
Alt = ShortText
Credit = Annotated[
    str, AfterValidator(line(120)), Field(json_schema_extra={"minLength": 1, "maxLength": 120})
]

FIND_VENUE: Final = "select venue_id from photos where photo_id = $1"

STILL_THERE: Final = "select exists (select from photos where photo_id = $1)"

HAS_OFFERING: Final = """
select exists (select from offerings where offering_id = $1 and venue_id = $2)
"""

# One after the other from 1, whatever was taken out.
CLOSE_GAPS: Final = """
update photos p
set position = placed.place
from (
    select photo_id, row_number() over (order by position) as place
    from photos
    where venue_id = $1
) placed
where p.photo_id = placed.photo_id and p.position <> placed.place
"""


async def lock_venue_of_own_photo(conn: Connection, photo_id: UUID, caller: Caller) -> LockedVenue:
    """Lock the venue of a photo that the caller may change. Raises NotFound."""
    venue_id = await conn.fetchval(FIND_VENUE, photo_id)
    if venue_id is None:
        raise NotFound
    venue = await lock_own_venue(conn, venue_id, caller, "photo.change")
    # A photo never moves to another venue, but it may have gone before the lock was ours.
    if not await conn.fetchval(STILL_THERE, photo_id):
        raise NotFound
    return venue


async def has_offering(conn: Connection, venue_id: UUID, offering_id: UUID | None) -> bool:
    """Tell whether an offering is one of the venue's; none at all is fine too."""
    return offering_id is None or await conn.fetchval(HAS_OFFERING, offering_id, venue_id)


async def photos_changed(
    conn: Connection,
    app: web.Application,
    caller: Caller,
    venue: LockedVenue,
    changes: Sequence[Difference],
) -> None:
    """Give a venue whose photos changed its next version, and write down who did what."""
    await renew_venue(conn, venue.venue_id)
    await history.record(
        conn,
        app,
        history.operator(caller),
        history.Entry(what="photos_changed", venue_id=venue.venue_id, changes=changes),
    )

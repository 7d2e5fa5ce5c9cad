"""List the licences of a venue, and which it lacks."""

from datetime import datetime
from typing import Final

from aiohttp import web

from services.venues.licence_views import LicenceView, licences_of
from services.venues.licensing import gaps, kinds_of
from services.venues.paths import VenuePath
from shared.contracts.venues import LicenceKind
from shared.core.clock import local_day
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Reply
from shared.http.route import route


class VenueLicences(Reply):
    """A venue's licences, the longest of each kind first.

    `missing` are the kinds that it needs for what it offers and that none confirmed and holding
    today covers; `suspended_at` is since when it is off sale for it.
    """

    items: list[LicenceView]
    missing: list[LicenceKind]
    suspended_at: datetime | None


FIND_VENUE: Final = """
select organisation_id, licence_suspended_at from venues where venue_id = $1
"""


@route(
    "GET",
    "/v1/venues/{venue_id}/licences",
    access=may("licence.read"),
    errors=(NotFound,),
)
async def list_venue_licences(
    request: web.Request, caller: Caller, path: VenuePath
) -> VenueLicences:
    """List the licences of a venue for its operator and the office, and what it lacks today."""
    today = local_day(request.app[CLOCK].now())
    async with acquire(request.app[DATABASE]) as conn:
        venue = await conn.fetchrow(FIND_VENUE, path.venue_id)
        if venue is None or not caller.may("licence.read", venue["organisation_id"], path.venue_id):
            raise NotFound
        return VenueLicences(
            items=await licences_of(conn, path.venue_id, today),
            missing=kinds_of(await gaps(conn, path.venue_id, today)),
            suspended_at=venue["licence_suspended_at"],
        )

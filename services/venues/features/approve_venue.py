"""Approve a venue: from this moment it, its offerings and their slots take bookings."""

from aiohttp import web

from services.venues.deciding import decided
from services.venues.errors import LicenceMissing, VenueStateConflict, VenueWithoutSchedule
from services.venues.ownership import lock_venue
from services.venues.paths import VenuePath
from services.venues.views import VenueView
from shared.core.errors import NotFound, PreconditionFailed
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.route import route


@route(
    "POST",
    "/v1/venues/{venue_id}/approvals",
    access=may("venue.decide"),
    errors=(
        NotFound,
        PreconditionFailed,
        VenueStateConflict,
        VenueWithoutSchedule,
        LicenceMissing,
    ),
)
async def approve_venue(
    request: web.Request, caller: Caller, path: VenuePath, if_match: RequiredIfMatch
) -> Versioned[VenueView]:
    """Approve a submitted venue; it is published with all that it offers, or not at all.

    It needs an offering with a schedule, and the licences for what it offers, confirmed and
    holding today. If-Match says which version was read; every edit makes another, of a schedule
    too. An offering that was held back before the venue was archived is approved by itself.
    """
    return await decided(
        request,
        caller,
        if_match,
        "approved",
        lambda conn: lock_venue(conn, path.venue_id),
    )

"""Reject a venue, with reasons by which its operator can mend it."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from services.venues.deciding import Reasons, RejectionReason, decided
from services.venues.errors import VenueStateConflict
from services.venues.fields import Reason
from services.venues.ownership import lock_venue
from services.venues.paths import VenuePath
from services.venues.views import VenueView
from shared.core.errors import NotFound, PreconditionFailed
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.models import Body
from shared.http.route import route


class RejectVenue(Body):
    """Why the venue can't be published as it is: in one sentence, and point by point."""

    reason: Reason
    reasons: Annotated[
        list[RejectionReason] | None,
        Field(min_length=1, max_length=20, description="Left out, the sentence is the only one."),
    ] = None


@route(
    "POST",
    "/v1/venues/{venue_id}/rejections",
    access=may("venue.decide"),
    errors=(NotFound, PreconditionFailed, VenueStateConflict),
)
async def reject_venue(
    request: web.Request, caller: Caller, path: VenuePath, body: RejectVenue, if_match: IfMatch
) -> Versioned[VenueView]:
    """Reject a submitted venue; its operator reads why, edits it, and submits it again."""
    return await decided(
        request,
        caller,
        if_match,
        "rejected",
        lambda conn: lock_venue(conn, path.venue_id),
        reasons=Reasons(body.reason, body.reasons or [RejectionReason(text=body.reason)]),
    )

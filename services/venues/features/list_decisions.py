"""List what was decided about a venue: submissions, approvals, rejections, pauses."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.domain.life import Decision
from services.venues.ownership import reads_always
from services.venues.paths import VenuePath
from shared.core.errors import NotFound
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Reply
from shared.http.route import route


class RejectionReasonView(Reply):
    """One thing that has to be mended; without a `field` it is about the listing as a whole."""

    field: str | None
    text: str


class DecisionView(Reply):
    """One decision; `venue_version` is the version of the venue that it was about."""

    decision_id: UUID
    decision: Decision
    decided_at: datetime
    reason: str | None
    reasons: tuple[RejectionReasonView, ...]
    venue_version: int


FIND_ORGANISATION: Final = "select organisation_id from venues where venue_id = $1"

# The latest hundred: a venue that was moved more often than that has no reader for the rest.
LIST: Final = """
select decision_id, decision, decided_at, reason, reasons, edit_version as venue_version
from venue_decisions
where venue_id = $1
order by decision_id desc
limit 100
"""


@route(
    "GET",
    "/v1/venues/{venue_id}/decisions",
    access=may("venue.read"),
    errors=(NotFound,),
)
async def list_decisions(
    request: web.Request, caller: Caller, path: VenuePath
) -> Page[DecisionView]:
    """List the decisions about a venue, the latest first, for its operator and the office."""
    async with acquire(request.app[DATABASE]) as conn:
        organisation_id = await conn.fetchval(FIND_ORGANISATION, path.venue_id)
        if organisation_id is None or not reads_always(caller, organisation_id, path.venue_id):
            raise NotFound
        items = await fetch_all(conn, DecisionView, LIST, path.venue_id)
    return Page[DecisionView](items=items)

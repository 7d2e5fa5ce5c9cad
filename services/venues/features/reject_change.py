"""Reject a change that waits, with a reason."""

from aiohttp import web

from services.venues.changing.deciding import lock_waiting, settle
from services.venues.changing.proposals import ProposalView
from services.venues.errors import ProposalDecided, ProposalOutdated
from services.venues.fields import Reason
from services.venues.paths import ProposalPath
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Body
from shared.http.route import route


class RejectChange(Body):
    """Why the listing can't be changed so."""

    reason: Reason


@route(
    "POST",
    "/v1/change-proposals/{proposal_id}/rejections",
    access=may("venue.decide"),
    errors=(NotFound, ProposalDecided, ProposalOutdated),
)
async def reject_change(
    request: web.Request, caller: Caller, path: ProposalPath, body: RejectChange
) -> ProposalView:
    """Reject a proposed change; the listing stays as it is, and its operator reads why."""
    async with transaction(request.app[DATABASE]) as conn:
        waiting = await lock_waiting(conn, path.proposal_id)
        return await settle(conn, request.app, caller, waiting, "rejected", reason=body.reason)

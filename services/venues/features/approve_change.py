"""Approve a change that waits: it goes live as it was proposed."""

from aiohttp import web

from services.venues.changing.deciding import lock_waiting, settle
from services.venues.changing.proposals import ProposalView
from services.venues.errors import LicenceMissing, ProposalDecided, ProposalOutdated
from services.venues.paths import ProposalPath
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route


@route(
    "POST",
    "/v1/change-proposals/{proposal_id}/approvals",
    access=may("venue.decide"),
    errors=(NotFound, ProposalDecided, ProposalOutdated, LicenceMissing),
)
async def approve_change(request: web.Request, caller: Caller, path: ProposalPath) -> ProposalView:
    """Approve a proposed change; the listing is changed and published as it is then.

    It is looked at again against the listing as it is now: where its fields are no longer what
    they were when it was proposed, it is outdated, and nothing happens.
    """
    async with transaction(request.app[DATABASE]) as conn:
        waiting = await lock_waiting(conn, path.proposal_id)
        return await settle(conn, request.app, caller, waiting, "approved")

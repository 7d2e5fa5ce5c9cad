"""Withdraw a change that waits: its operator has thought better of it."""

from aiohttp import web

from services.venues.changing.deciding import lock_waiting, settle
from services.venues.changing.proposals import ProposalView
from services.venues.errors import ProposalDecided, ProposalOutdated
from services.venues.paths import ProposalPath
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route


@route(
    "POST",
    "/v1/change-proposals/{proposal_id}/withdrawals",
    access=may("venue.change"),
    errors=(NotFound, ProposalDecided, ProposalOutdated),
)
async def withdraw_change(request: web.Request, caller: Caller, path: ProposalPath) -> ProposalView:
    """Withdraw a proposed change of a venue of the caller's; the listing stays as it is."""
    async with transaction(request.app[DATABASE]) as conn:
        waiting = await lock_waiting(conn, path.proposal_id, for_operator=caller)
        return await settle(conn, request.app, caller, waiting, "withdrawn")

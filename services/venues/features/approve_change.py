"""Approve a change that waits: it goes live as it was proposed."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from aiohttp import web

from services.venues.changing.deciding import lock_waiting, settle, touched_by
from services.venues.changing.proposals import ProposalView
from services.venues.errors import (
    LicenceMissing,
    ProposalDecided,
    ProposalOutdated,
    ScheduleTouchesOrders,
)
from services.venues.history import Entry, office
from services.venues.meanwhile import keep_meanwhile
from services.venues.paths import ProposalPath
from services.venues.slot_changes import TouchedSlot
from services.venues.touched_orders import (
    TOUCHED_MEANWHILE,
    AcceptQuery,
    TouchedOrders,
    Unasked,
    unless_touched,
)
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route


class ApprovedChangeView(ProposalView):
    """The proposal as it was decided, and who booked while that was done."""

    touched_meanwhile: TouchedOrders | None = TOUCHED_MEANWHILE


@dataclass(frozen=True, slots=True)
class Approval:
    """One request to approve a proposal: who approves which, and whatever it touches or not."""

    app: web.Application
    caller: Caller
    proposal_id: UUID
    query: AcceptQuery


@route(
    "POST",
    "/v1/change-proposals/{proposal_id}/approvals",
    access=may("venue.decide"),
    errors=(
        NotFound,
        ProposalDecided,
        ProposalOutdated,
        LicenceMissing,
        ScheduleTouchesOrders,
    ),
)
async def approve_change(
    request: web.Request, caller: Caller, path: ProposalPath, query: AcceptQuery
) -> ApprovedChangeView:
    """Approve a proposed change; the listing is changed and published as it is then.

    A new offering goes on sale as it was proposed, with its slots, once it has its licences.

    It is looked at again against the listing as it is now: where its fields are no longer what
    they were when it was proposed, it is outdated, and nothing happens.

    Where another duration or fewer units would cut slots that people have booked, nothing changes,
    and the answer counts their orders, unless `accept_touched_orders` says that it is meant: who
    proposed it may have done so before anybody booked.
    """
    approval = Approval(request.app, caller, path.proposal_id, query)
    made = await unless_touched(request.app, partial(_approve_unless_touching, approval))
    done, meanwhile = made.answer, made.meanwhile
    entry = Entry(
        what="change_approved",
        venue_id=done.venue_id,
        offering_id=done.offering_id,
        proposal_id=done.proposal_id,
    )
    await keep_meanwhile(request.app, office(caller), entry, meanwhile)
    return ApprovedChangeView.model_construct(**dict(done), touched_meanwhile=meanwhile)


async def _approve_unless_touching(
    approval: Approval, asked: frozenset[TouchedSlot]
) -> ProposalView | Unasked:
    """Approve it, or return the slots about whose orders bookings has to be asked first."""
    app = approval.app
    async with transaction(app[DATABASE]) as conn:
        waiting = await lock_waiting(conn, approval.proposal_id)
        if not approval.query.accept_touched_orders:
            touched = await touched_by(conn, waiting, app[CLOCK].now())
            if not touched <= asked:
                return Unasked(touched)
        return await settle(conn, app, approval.caller, waiting, "approved")

"""Deciding a change that waits: it goes live as it was proposed, or not at all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from aiohttp import web

from services.venues import history
from services.venues.changing import proposals
from services.venues.changing.editing import base_of, fits
from services.venues.changing.listing import Listing
from services.venues.changing.new_offerings import approve_new
from services.venues.changing.offerings import OfferingListing
from services.venues.changing.proposals import ProposalView
from services.venues.changing.venues import VenueListing
from services.venues.domain.differences import differences
from services.venues.errors import ProposalDecided, ProposalOutdated
from services.venues.ownership import LockedVenue, lock_venue
from services.venues.slot_changes import TouchedSlot
from services.venues.views import offering_view, venue_view
from shared.core.errors import NotFound
from shared.db import Connection
from shared.http.access import Caller
from shared.messaging import audit

Fate: TypeAlias = Literal["approved", "rejected", "withdrawn"]


WHAT: Final[dict[Fate, history.What]] = {
    "approved": "change_approved",
    "rejected": "change_rejected",
    "withdrawn": "change_withdrawn",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that can be decided, and its venue, whose row this transaction holds."""

    venue: LockedVenue
    proposal: ProposalView


async def lock_waiting(
    conn: Connection, proposal_id: UUID, *, for_operator: Caller | None = None
) -> Waiting:
    """Lock the venue of a proposal; for an operator only if they may change it.

    Raises NotFound, ProposalOutdated and ProposalDecided.
    """
    found = await proposals.proposal(conn, proposal_id)
    if found is None:
        raise NotFound
    if for_operator is not None and not for_operator.may(
        "venue.change", found.organisation_id, found.venue_id
    ):
        raise NotFound
    venue = await lock_venue(conn, found.venue_id)
    # It may have been decided while we waited for the lock.
    now = await proposals.proposal(conn, proposal_id)
    if now is None or now.state == "outdated":
        raise ProposalOutdated
    if now.state != "pending":
        raise ProposalDecided(state=now.state)
    return Waiting(venue, now)


async def touched_by(conn: Connection, waiting: Waiting, now: datetime) -> frozenset[TouchedSlot]:
    """Return the slots ahead that an approval would cut, of whose orders bookings knows.

    A proposal that does not fit the listing any more cuts none: `settle` refuses it.
    """
    listing = await _listing(conn, waiting)
    changes = waiting.proposal.changes
    if not isinstance(listing, OfferingListing) or not fits(listing, changes):
        return frozenset()
    return await listing.touched(conn, listing.read(changes), now)


async def settle(
    conn: Connection,
    app: web.Application,
    caller: Caller,
    waiting: Waiting,
    fate: Fate,
    *,
    reason: str | None = None,
) -> ProposalView:
    """Decide a proposal, put an approved one into effect, and return it as it is then.

    Raises ProposalOutdated where an approved one does not fit the listing any more, SlugTaken
    and LicenceMissing.
    """
    proposal, venue = waiting.proposal, waiting.venue
    listing = await _listing(conn, waiting)
    if fate == "approved":
        await _put_into_effect(conn, app, listing, proposal)
    else:
        await listing.renew(conn)
    await proposals.settle(conn, app, caller, proposal.proposal_id, fate, reason=reason)
    entry = history.Entry(
        what=WHAT[fate],
        venue_id=venue.venue_id,
        offering_id=proposal.offering_id,
        changes=differences(proposal.base, proposal.changes) if fate == "approved" else (),
        note=reason,
        proposal_id=proposal.proposal_id,
    )
    by_office = fate != "withdrawn"
    author = history.office(caller) if by_office else history.operator(caller)
    await history.record(conn, app, author, entry)
    if by_office:
        action = f"change_proposal.{fate}"
        await audit.record(conn, caller, action=action, subject=proposal.proposal_id)
    decided = await proposals.proposal(conn, proposal.proposal_id)
    if decided is None:
        raise NotFound
    return decided


async def _put_into_effect(
    conn: Connection, app: web.Application, listing: Listing[Any], proposal: ProposalView
) -> None:
    """Make a proposed change, if its fields are what they were and it fits what is there now."""
    if isinstance(listing, OfferingListing) and listing.view.held_back:
        await approve_new(conn, app, listing, proposal)
        return
    as_it_was = base_of(listing.view, proposal.changes) == proposal.base
    if not as_it_was or not fits(listing, proposal.changes):
        raise ProposalOutdated
    await listing.apply(conn, app, listing.read(proposal.changes))


async def _listing(conn: Connection, waiting: Waiting) -> Listing[Any]:
    offering_id = waiting.proposal.offering_id
    if offering_id is None:
        return VenueListing(waiting.venue, await venue_view(conn, waiting.venue.venue_id))
    return OfferingListing(waiting.venue, await offering_view(conn, offering_id))

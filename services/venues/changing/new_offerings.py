"""An offering that is added to an approved venue: it waits for the office as the venue once did.

Where the district has changes go live at once, it does so too, and the office is told. What is
proposed is the offering as a whole: whoever edits one that waits asks for it anew. Nothing else
that happens to its venue puts it on sale.
"""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues import history
from services.venues.changing import proposals
from services.venues.changing.editing import Fields, base_of, edit
from services.venues.changing.offerings import ChangeOffering, OfferingListing
from services.venues.changing.proposals import ProposalId, ProposalView
from services.venues.domain.differences import differences
from services.venues.domain.significance import NEW_OFFERING
from services.venues.errors import ProposalOutdated
from services.venues.licensing import no_new_gaps
from services.venues.offering_writing import renew_venue
from services.venues.ownership import LockedVenue
from services.venues.telling import publish_offering, publish_slots
from shared.db import Connection
from shared.http.access import Caller
from shared.http.keys import CLOCK

RELEASE: Final = """
update offerings
set held_back = false, edit_version = edit_version + 1
where offering_id = $1
"""


async def ask(
    conn: Connection, app: web.Application, caller: Caller, listing: OfferingListing
) -> ProposalId:
    """Propose an offering that is held back, as it is; one that need not wait is released.

    Returns what the office is shown. Raises LicenceMissing.
    """
    proposed = proposals.Proposed(
        venue_id=listing.venue.venue_id,
        offering_id=listing.offering_id,
        changes=_whole(listing),
        base={},
        base_version=listing.version,
        significance=[{"field": NEW_OFFERING.field, "why": NEW_OFFERING.why}],
    )
    at_once = await proposals.go_live_at_once(conn, listing.venue.venue_id)
    state: proposals.Kept = "applied" if at_once else "pending"
    kept = await proposals.keep(conn, app, caller, proposed, state)
    if at_once:
        await _release(conn, app, listing.venue, listing.offering_id)
    return kept


async def ask_again(
    conn: Connection, app: web.Application, caller: Caller, listing: OfferingListing
) -> None:
    """Propose an offering that its editors know already. Raises LicenceMissing."""
    kept = await ask(conn, app, caller, listing)
    entry = history.Entry(
        what="change_proposed",
        venue_id=listing.venue.venue_id,
        offering_id=listing.offering_id,
        changes=differences({}, _whole(listing)),
        proposal_id=kept,
    )
    await history.record(conn, app, history.operator(caller), entry)
    await listing.renew(conn)


async def edit_new(
    conn: Connection,
    app: web.Application,
    caller: Caller,
    listing: OfferingListing,
    body: ChangeOffering,
) -> None:
    """Change an offering that is held back; where it waited, it is asked for as it is now.

    Raises what `edit` raises.
    """
    waited = await proposals.pending(conn, listing.venue.venue_id, listing.offering_id)
    await edit(conn, app, caller, listing, body)
    waits = await proposals.pending(conn, listing.venue.venue_id, listing.offering_id)
    if waited is not None and waits is None:
        await ask_again(conn, app, caller, await listing.again(conn))


async def approve_new(
    conn: Connection, app: web.Application, listing: OfferingListing, proposal: ProposalView
) -> None:
    """Put an offering on sale, with its slots, if it is what was proposed and its venue is.

    Raises ProposalOutdated and LicenceMissing.
    """
    if base_of(listing.view, proposal.changes) != proposal.changes:
        raise ProposalOutdated
    await _release(conn, app, listing.venue, listing.offering_id)


def _whole(listing: OfferingListing) -> Fields:
    """Return all that its operator says of an offering."""
    whole: Fields = listing.view.model_dump(mode="json", exclude=set(history.NOT_EDITED))
    return whole


async def _release(
    conn: Connection, app: web.Application, venue: LockedVenue, offering_id: UUID
) -> None:
    now = app[CLOCK].now()
    async with no_new_gaps(conn, venue, now):
        await conn.execute(RELEASE, offering_id)
    await renew_venue(conn, venue.venue_id)
    if venue.on_sale:
        await publish_offering(conn, venue.venue_id, offering_id)
        await publish_slots(conn, venue.venue_id, [offering_id], now)

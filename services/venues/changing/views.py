"""What an editor is shown: the listing as it is, and what of the change waits for the office."""

from uuid import UUID

from services.venues.changing.proposals import ProposalView, pending
from services.venues.touched_orders import TOUCHED_MEANWHILE, TouchedOrders
from services.venues.views import OfferingView, VenueView, offering_view, venue_view
from shared.db import Connection
from shared.http.etags import Versioned


class EditedVenueView(VenueView):
    """A venue as it is now, and its change that waits for the office."""

    pending_change: ProposalView | None


class OwnOfferingView(OfferingView):
    """An offering as it is now, and what of it waits for the office: a change, or all of it."""

    pending_change: ProposalView | None = None


class EditedOfferingView(OwnOfferingView):
    """An offering as it is now, and what of it waits for the office; and who booked meanwhile."""

    touched_meanwhile: TouchedOrders | None = TOUCHED_MEANWHILE


async def edited_venue(conn: Connection, venue_id: UUID) -> Versioned[EditedVenueView]:
    """Return a venue for its editor. Raises NotFound."""
    view = await venue_view(conn, venue_id)
    waiting = await pending(conn, venue_id, None)
    # The parts are models already: there is nothing left to check.
    edited = EditedVenueView.model_construct(**dict(view), pending_change=waiting)
    return Versioned(edited, view.version)


async def own_offering(conn: Connection, offering_id: UUID) -> Versioned[OwnOfferingView]:
    """Return an offering for its operator. Raises NotFound."""
    view = await offering_view(conn, offering_id)
    waiting = await pending(conn, view.venue_id, offering_id)
    own = OwnOfferingView.model_construct(**dict(view), pending_change=waiting)
    return Versioned(own, view.version)


async def edited_offering(conn: Connection, offering_id: UUID) -> Versioned[EditedOfferingView]:
    """Return an offering for its editor. Raises NotFound."""
    own = (await own_offering(conn, offering_id)).body
    return Versioned(EditedOfferingView.model_construct(**dict(own)), own.version)

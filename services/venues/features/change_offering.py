"""Change an offering: its texts, prices and terms, how it is paid, how long it takes."""

from dataclasses import dataclass
from functools import partial

from aiohttp import web

from services.venues.changing.editing import edit
from services.venues.changing.new_offerings import edit_new
from services.venues.changing.offerings import ChangeOffering, OfferingListing
from services.venues.changing.views import EditedOfferingView, edited_offering
from services.venues.errors import (
    LicenceMissing,
    ScheduleTouchesOrders,
    SlugTaken,
    VenueStateConflict,
)
from services.venues.history import Entry, operator
from services.venues.meanwhile import keep_meanwhile
from services.venues.ownership import lock_own_venue
from services.venues.paths import VenueOfferingPath
from services.venues.slot_changes import TouchedSlot
from services.venues.touched_orders import AcceptQuery, Unasked, unless_touched
from services.venues.views import offering_view
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route


@dataclass(frozen=True, slots=True)
class Change:
    """One request to change an offering: who asks for what, having read what."""

    app: web.Application
    caller: Caller
    path: VenueOfferingPath
    body: ChangeOffering
    query: AcceptQuery
    if_match: RequiredIfMatch


@route(
    "PATCH",
    "/v1/venues/{venue_id}/offerings/{offering_id}",
    access=may("offering.change"),
    errors=(
        NotFound,
        PreconditionFailed,
        SlugTaken,
        LicenceMissing,
        VenueStateConflict,
        ScheduleTouchesOrders,
    ),
)
async def change_offering(
    request: web.Request,
    caller: Caller,
    path: VenueOfferingPath,
    body: ChangeOffering,
    query: AcceptQuery,
    *,
    if_match: RequiredIfMatch,
) -> Versioned[EditedOfferingView]:
    """Change an offering of the caller's; one that is on sale is published again.

    Orders that stand keep their prices and times. It goes through only where nobody else made a
    change since the offering was read. At a venue that was approved, what makes it dearer or its
    terms stricter waits for the office, as `pending_change`, or is told to it, as the district
    has set; the rest of the change goes live at once. One that is held back is changed as it
    stands, and waits anew if it waited.

    Where another duration or fewer units would cut slots that people have booked, nothing changes,
    and the answer counts their orders, unless `accept_touched_orders` says that it is meant.
    """
    change = Change(request.app, caller, path, body, query, if_match)
    made = await unless_touched(request.app, partial(_change_unless_touching, change))
    done, meanwhile = made.answer, made.meanwhile
    entry = Entry(what="offering_changed", venue_id=path.venue_id, offering_id=path.offering_id)
    await keep_meanwhile(request.app, operator(caller), entry, meanwhile)
    view = done.body.model_copy(update={"touched_meanwhile": meanwhile})
    return Versioned(view, done.version)


async def _change_unless_touching(
    change: Change, asked: frozenset[TouchedSlot]
) -> Versioned[EditedOfferingView] | Unasked:
    app, path = change.app, change.path
    async with transaction(app[DATABASE]) as conn:
        venue = await lock_own_venue(conn, path.venue_id, change.caller, "offering.change")
        view = await offering_view(conn, path.offering_id)
        if view.venue_id != venue.venue_id:
            raise NotFound
        change.if_match.check(view.version)
        listing = OfferingListing(venue, view)
        if not change.query.accept_touched_orders:
            touched = await listing.touched(conn, change.body, app[CLOCK].now())
            if not touched <= asked:
                return Unasked(touched)
        # Now, not only when the office has approved of it.
        await listing.check_feeds(conn, change.body)
        make = edit_new if view.held_back else edit
        await make(conn, app, change.caller, listing, change.body)
        return await edited_offering(conn, path.offering_id)

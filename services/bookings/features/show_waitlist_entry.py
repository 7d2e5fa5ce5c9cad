"""Show one entry of the waiting list to its visitor."""

from aiohttp import web

from services.bookings.keys import CONTACT_SEALER
from services.bookings.paths import WaitlistEntryPath
from services.bookings.waiting.views import EntryView, load_entries
from services.bookings.waiting.waiting_list import check_seen_by
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import CATALOGUE, DATABASE
from shared.http.route import route


@route(
    "GET",
    "/v1/waitlist-entries/{entry_id}",
    access=may("order.read"),
    errors=(NotFound,),
)
async def show_waitlist_entry(
    request: web.Request, caller: Caller, path: WaitlistEntryPath
) -> EntryView:
    """Show an entry: its rank, its offer, and why others were served before it.

    An entry of somebody else is not found.
    """
    app = request.app
    async with acquire(app[DATABASE]) as conn:
        await check_seen_by(conn, path.entry_id, caller)
        [view] = await load_entries(conn, app[CONTACT_SEALER], app[CATALOGUE], [path.entry_id])
        return view

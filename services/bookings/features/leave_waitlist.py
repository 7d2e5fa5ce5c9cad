"""Leave the waiting list; what was offered goes on to the next party that fits."""

from aiohttp import web

from services.bookings.errors import OrderNotCancellable, WaitlistEntryEnded
from services.bookings.keys import CONTACT_SEALER
from services.bookings.paths import WaitlistEntryPath
from services.bookings.waiting.views import EntryView, load_entries
from services.bookings.waiting.waiting_list import close_offer, end_entries, lock_own_entry
from shared.core.errors import NotFound
from shared.db import retry, transaction
from shared.http.access import Caller, may
from shared.http.keys import CATALOGUE, DATABASE
from shared.http.models import Body
from shared.http.route import route


class LeaveWaitlist(Body):
    """Nothing needs to be said."""


@route(
    "POST",
    "/v1/waitlist-entries/{entry_id}/withdrawals",
    access=may("order.own"),
    status=201,
    errors=(NotFound, OrderNotCancellable, WaitlistEntryEnded),
)
async def leave_waitlist(
    request: web.Request, caller: Caller, path: WaitlistEntryPath, _body: LeaveWaitlist | None
) -> EntryView:
    """Leave the waiting list. Leaving again gives the same answer and changes nothing.

    An offer that waits for an answer is refused by that, and its held order is cancelled.
    """
    app = request.app

    async def unit() -> EntryView:
        async with transaction(app[DATABASE]) as conn:
            standing = await lock_own_entry(conn, path.entry_id, caller.person)
            if standing.state not in ("waiting", "offered", "withdrawn"):
                raise WaitlistEntryEnded(state=standing.state)
            if standing.state == "offered" and standing.order_id is not None:
                order_id = standing.order_id
                if await close_offer(conn, path.entry_id, order_id, caller.person) == "taken":
                    raise WaitlistEntryEnded(state="taken")
            if standing.state != "withdrawn":
                await end_entries(conn, [path.entry_id], "withdrawn")
            [view] = await load_entries(conn, app[CONTACT_SEALER], app[CATALOGUE], [path.entry_id])
            return view

    return await retry(unit)

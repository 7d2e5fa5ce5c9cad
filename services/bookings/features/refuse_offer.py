"""Refuse what the waiting list offered: the places go on to the next party that fits."""

from aiohttp import web

from services.bookings.errors import NoOpenOffer, OrderNotCancellable
from services.bookings.keys import CONTACT_SEALER
from services.bookings.paths import WaitlistEntryPath
from services.bookings.waiting.views import EntryView, load_entries
from services.bookings.waiting.waiting_list import close_offer, lock_own_entry, wait_on
from shared.core.errors import NotFound
from shared.db import retry, transaction
from shared.http.access import SIGNED_IN, Caller
from shared.http.keys import CATALOGUE, DATABASE
from shared.http.models import Body
from shared.http.route import route


class RefuseOffer(Body):
    """Whether the party goes on waiting; without a word, as it said when it joined."""

    keep_waiting: bool | None = None


@route(
    "POST",
    "/v1/waitlist-entries/{entry_id}/refusals",
    access=SIGNED_IN,
    status=201,
    errors=(NotFound, NoOpenOffer, OrderNotCancellable),
)
async def refuse_offer(
    request: web.Request, caller: Caller, path: WaitlistEntryPath, body: RefuseOffer | None
) -> EntryView:
    """Refuse the offer; the held order is cancelled, and the next party that fits is offered it.

    With `keep_waiting` the party stands in line at its old place again, but is not offered the
    same slots within 24 hours. Refusing again gives the same answer and changes nothing.
    """
    app = request.app
    asked = None if body is None else body.keep_waiting

    async def unit() -> EntryView:
        async with transaction(app[DATABASE]) as conn:
            standing = await lock_own_entry(conn, path.entry_id, caller.person)
            if standing.state == "offered" and standing.order_id is not None:
                order_id = standing.order_id
                outcome = await close_offer(conn, path.entry_id, order_id, caller.person)
                if outcome != "refused":
                    raise NoOpenOffer(state=outcome)
                keep_waiting = standing.keep_waiting if asked is None else asked
                await wait_on(conn, path.entry_id, "refused", keep_waiting=keep_waiting)
            elif standing.last_outcome != "refused":
                raise NoOpenOffer(state=standing.state)
            [view] = await load_entries(conn, app[CONTACT_SEALER], app[CATALOGUE], [path.entry_id])
            return view

    return await retry(unit)

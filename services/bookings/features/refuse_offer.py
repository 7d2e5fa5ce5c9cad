"""Refuse what the waiting list offered: the places go on to the next party that fits."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings.errors import NoOpenOffer, OrderNotCancellable
from services.bookings.keys import CONTACT_SEALER
from services.bookings.paths import WaitlistEntryPath
from services.bookings.waiting.views import EntryView, load_entries
from services.bookings.waiting.waiting_list import (
    Outcome,
    close_offer,
    lock_own_entry,
    wait_on,
)
from shared.core.errors import NotFound
from shared.db import fetch_first, retry, transaction
from shared.http.access import Caller, may
from shared.http.keys import CATALOGUE, DATABASE
from shared.http.models import Body
from shared.http.route import route


class RefuseOffer(Body):
    """Which offer is refused, by its order, and whether the party goes on waiting.

    A refusal that may be repeated names the offer: without `order_id` it is about whatever is
    offered by then, which may be the next offer. Without `keep_waiting` it is as the party said
    when it joined.
    """

    order_id: UUID | None = None
    keep_waiting: bool | None = None


# The offer of this order, or the latest of the entry.
FIND_OFFER: Final = """
select order_id, outcome
from waitlist_offers
where entry_id = $1 and order_id = coalesce($2, order_id)
order by offered_at desc
limit 1
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer, and what became of it as far as that was noted."""

    order_id: UUID
    outcome: Outcome | None


@route(
    "POST",
    "/v1/waitlist-entries/{entry_id}/refusals",
    access=may("order.own"),
    status=201,
    errors=(NotFound, NoOpenOffer, OrderNotCancellable),
)
async def refuse_offer(
    request: web.Request, caller: Caller, path: WaitlistEntryPath, body: RefuseOffer | None
) -> EntryView:
    """Refuse the offer; the held order is cancelled, and the next party that fits is offered it.

    With `keep_waiting` the party stands in line at its old place again, but is not offered the
    same slots within 24 hours. Refusing an offer again gives the same answer and changes nothing.
    An order that was not offered to the party is not found.
    """
    app = request.app
    said = body or RefuseOffer()

    async def unit() -> EntryView:
        async with transaction(app[DATABASE]) as conn:
            standing = await lock_own_entry(conn, path.entry_id, caller.person)
            offer = await fetch_first(conn, Offer, FIND_OFFER, path.entry_id, said.order_id)
            if offer is None and said.order_id is not None:
                raise NotFound
            if offer is None:
                raise NoOpenOffer(state=standing.state)
            outcome = offer.outcome or await close_offer(
                conn, path.entry_id, offer.order_id, caller.person
            )
            if outcome != "refused":
                raise NoOpenOffer(state=outcome)
            if offer.outcome is None:
                asked = said.keep_waiting
                keep_waiting = standing.keep_waiting if asked is None else asked
                await wait_on(conn, path.entry_id, outcome, keep_waiting=keep_waiting)
            [view] = await load_entries(conn, app[CONTACT_SEALER], app[CATALOGUE], [path.entry_id])
            return view

    return await retry(unit)

"""Show the tickets of an order."""

from aiohttp import web

from services.bookings.gates.tickets import TicketView, tickets_of
from services.bookings.keys import CONTACT_SEALER, TICKET_KEYS
from services.bookings.orders import find_order
from services.bookings.paths import OrderPath
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Reply
from shared.http.route import route


class Tickets(Reply):
    """All tickets of an order, line by line."""

    items: list[TicketView]


@route(
    "GET",
    "/v1/orders/{order_id}/tickets",
    access=may("order.read"),
    errors=(NotFound,),
)
async def show_tickets(request: web.Request, caller: Caller, path: OrderPath) -> Tickets:
    """Show the tickets of an order: one for each person of a session, each pitch of a stay.

    An order that is only held has none yet.
    """
    async with acquire(request.app[DATABASE]) as conn:
        order = await find_order(conn, request.app[CONTACT_SEALER], path.order_id, caller)
        return Tickets(items=await tickets_of(conn, order, request.app[TICKET_KEYS]))

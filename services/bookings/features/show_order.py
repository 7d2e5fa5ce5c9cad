"""Show one order to its visitor, or to a service that acts for it."""

from aiohttp import web

from services.bookings.keys import CONTACT_SEALER
from services.bookings.orders import find_order
from services.bookings.paths import OrderPath
from services.bookings.views import OrderView
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route


@route(
    "GET",
    "/v1/orders/{order_id}",
    access=may("order.read"),
    errors=(NotFound,),
)
async def show_order(request: web.Request, caller: Caller, path: OrderPath) -> OrderView:
    """Show an order with its lines. An order of somebody else is not found."""
    async with acquire(request.app[DATABASE]) as conn:
        return await find_order(conn, request.app[CONTACT_SEALER], path.order_id, caller)

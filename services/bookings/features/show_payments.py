"""Show how an order was paid, and what went back."""

from aiohttp import web

from services.bookings.keys import CONTACT_SEALER
from services.bookings.orders import find_order
from services.bookings.paths import OrderPath
from services.bookings.payments.views import PaymentView, load_payments
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page
from shared.http.route import route


@route(
    "GET",
    "/v1/orders/{order_id}/payments",
    access=may("order.read"),
    errors=(NotFound,),
)
async def show_payments(request: web.Request, caller: Caller, path: OrderPath) -> Page[PaymentView]:
    """Show the payments of an order with their refunds, the first one first.

    An order of somebody else is not found.
    """
    async with acquire(request.app[DATABASE]) as conn:
        await find_order(conn, request.app[CONTACT_SEALER], path.order_id, caller)
        return Page[PaymentView](items=await load_payments(conn, path.order_id))

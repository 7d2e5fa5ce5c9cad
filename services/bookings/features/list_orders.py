"""List a visitor's orders, newest first."""

from typing import Final

from aiohttp import web

from services.bookings.keys import CONTACT_SEALER
from services.bookings.views import OrderView, load_orders
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class OrdersQuery(Query):
    """Which page of the orders; `limit` orders at most."""

    cursor: Cursor | None = None
    limit: Limit = 20


# One more than the page holds tells whether another page follows. UUIDv7 sorts by time.
FIND_PAGE: Final = """
select order_id
from orders
where account_id = $1 and ($2::uuid is null or order_id < $2)
order by order_id desc
limit $3 + 1
"""


@route("GET", "/v1/orders", access=may("order.own"))
async def list_orders(request: web.Request, caller: Caller, query: OrdersQuery) -> Page[OrderView]:
    """List the caller's orders, newest first."""
    before = position_of(query.cursor)
    async with acquire(request.app[DATABASE]) as conn:
        rows = await conn.fetch(FIND_PAGE, caller.person, before, query.limit)
        order_ids = [row["order_id"] for row in rows]
        order_ids, following = page_of(order_ids, query.limit, lambda order_id: order_id)
        orders = await load_orders(conn, request.app[CONTACT_SEALER], order_ids)
    return Page(items=orders, next=following)

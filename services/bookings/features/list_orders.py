"""List a visitor's orders, newest first."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings.keys import CONTACT_SEALER
from services.bookings.views import OrderView, load_orders
from shared.db import acquire
from shared.http.access import SIGNED_IN, Caller
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, decode_cursor, encode_cursor
from shared.http.route import route

LAST_ID: Final = UUID(int=2**128 - 1)


class OrdersQuery(Query):
    """Which page of the orders; `limit` orders at most."""

    cursor: Cursor | None = None
    limit: Limit = 20


# One more than the page holds tells whether another page follows. UUIDv7 sorts by time.
FIND_PAGE: Final = """
select order_id
from orders
where account_id = $1 and order_id < $2
order by order_id desc
limit $3 + 1
"""


@route("GET", "/v1/orders", access=SIGNED_IN)
async def list_orders(request: web.Request, caller: Caller, query: OrdersQuery) -> Page[OrderView]:
    """List the caller's orders, newest first."""
    before = UUID(str(decode_cursor(query.cursor)["order_id"])) if query.cursor else LAST_ID
    async with acquire(request.app[DATABASE]) as conn:
        rows = await conn.fetch(FIND_PAGE, caller.person, before, query.limit)
        order_ids = [row["order_id"] for row in rows[: query.limit]]
        orders = await load_orders(conn, request.app[CONTACT_SEALER], order_ids)
    more = len(rows) > query.limit
    return Page(
        items=orders, next=encode_cursor({"order_id": str(order_ids[-1])}) if more else None
    )

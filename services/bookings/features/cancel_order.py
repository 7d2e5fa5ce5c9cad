"""Cancel an order whole; its places are free again at once."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from services.bookings import engine
from services.bookings.errors import OrderNotCancellable
from services.bookings.keys import CONTACT_SEALER
from services.bookings.orders import lock_own_order
from services.bookings.paths import OrderPath
from services.bookings.tellings import tell_cancelled
from services.bookings.views import OrderState, OrderView, load_orders
from shared.core.errors import NotFound
from shared.db import fetch_one, retry, transaction
from shared.http.access import SIGNED_IN, Caller
from shared.http.keys import DATABASE
from shared.http.models import Body
from shared.http.route import route


class CancelOrder(Body):
    """Nothing needs to be said: an order is cancelled whole."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether the order can still be cancelled."""

    state: OrderState
    has_begun: bool
    has_check_in: bool


READ_STANDING: Final = """
select
    state,
    exists (select 1 from order_lines where order_id = $1 and starts_at <= now()) as has_begun,
    exists (
        select 1 from check_ins join order_lines using (line_id) where order_id = $1
    ) as has_check_in
from orders
where order_id = $1
"""

CANCEL: Final = """
update orders
set state = 'cancelled', cancelled_at = now(), version = version + 1
where order_id = $1
"""


@route(
    "POST",
    "/v1/orders/{order_id}/cancellations",
    access=SIGNED_IN,
    status=201,
    errors=(NotFound, OrderNotCancellable),
)
async def cancel_order(
    request: web.Request, caller: Caller, path: OrderPath, _body: CancelOrder | None
) -> OrderView:
    """Cancel an order whole. Cancelling again gives the same answer and changes nothing.

    A held or confirmed order can be cancelled until its first line begins or somebody of it is
    checked in.
    """
    sealer = request.app[CONTACT_SEALER]

    async def unit() -> OrderView:
        async with transaction(request.app[DATABASE]) as conn:
            await lock_own_order(conn, path.order_id, caller.person)
            before = await fetch_one(conn, Standing, READ_STANDING, path.order_id)
            if before.state != "cancelled":
                _check(before)
                await conn.execute(CANCEL, path.order_id)
                await engine.release(conn, [path.order_id])
            [view] = await load_orders(conn, sealer, [path.order_id])
            if before.state != "cancelled":
                await tell_cancelled(conn, view, caller.person, was_held=before.state == "held")
            return view

    return await retry(unit)


def _check(before: Standing) -> None:
    if before.state not in ("held", "confirmed"):
        raise OrderNotCancellable(reason=before.state)
    if before.has_check_in:
        raise OrderNotCancellable(reason="checked_in")
    if before.has_begun:
        raise OrderNotCancellable(reason="begun")

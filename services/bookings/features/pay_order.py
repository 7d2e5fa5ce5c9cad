"""Settle how a held order is paid, which confirms it: free, or in cash at the venue."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from services.bookings import engine
from services.bookings.errors import HoldExpired, OrderNotPayable, PaymentMethodNotAccepted
from services.bookings.keys import CONTACT_SEALER
from services.bookings.orders import lock_own_order
from services.bookings.paths import OrderPath
from services.bookings.tellings import tell_confirmed
from services.bookings.views import OrderState, OrderView, PaymentMethod, load_orders
from shared.core.errors import NotFound
from shared.db import fetch_one, retry, transaction
from shared.http.access import SIGNED_IN, Caller
from shared.http.keys import DATABASE
from shared.http.models import Body
from shared.http.route import route


class PayOrder(Body):
    """How the visitor pays."""

    method: PaymentMethod


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether the order can be paid, and how."""

    state: OrderState
    payment_method: PaymentMethod | None
    hold_expired: bool
    accepted_payment: PaymentMethod


READ_STANDING: Final = """
select
    state, payment_method, coalesce(hold_expires_at <= now(), false) as hold_expired,
    accepted_payment
from orders
where order_id = $1
"""

CONFIRM: Final = """
update orders
set state = 'confirmed', payment_method = $2, confirmed_at = now(), version = version + 1
where order_id = $1
"""


@route(
    "POST",
    "/v1/orders/{order_id}/payments",
    access=SIGNED_IN,
    status=201,
    errors=(NotFound, HoldExpired, OrderNotPayable, PaymentMethodNotAccepted),
)
async def pay_order(
    request: web.Request, caller: Caller, path: OrderPath, body: PayOrder
) -> OrderView:
    """Settle how a held order is paid; it is confirmed at once.

    Paying again in the same way gives the same answer. A hold whose time is over by the
    database's clock is refused, though its places may not be back on sale yet.
    """
    sealer = request.app[CONTACT_SEALER]

    async def unit() -> OrderView:
        async with transaction(request.app[DATABASE]) as conn:
            await lock_own_order(conn, path.order_id, caller.person)
            before = await fetch_one(conn, Standing, READ_STANDING, path.order_id)
            if (before.state, before.payment_method) != ("confirmed", body.method):
                _check(before, body.method)
                await conn.execute(CONFIRM, path.order_id, body.method)
                await engine.keep(conn, [path.order_id])
            [view] = await load_orders(conn, sealer, [path.order_id])
            if before.state == "held":
                await tell_confirmed(conn, view, caller.person)
            return view

    return await retry(unit)


def _check(before: Standing, method: PaymentMethod) -> None:
    if before.state == "expired" or (before.state == "held" and before.hold_expired):
        raise HoldExpired
    if before.state != "held":
        raise OrderNotPayable(state=before.state)
    if method != before.accepted_payment:
        raise PaymentMethodNotAccepted(accepted=[before.accepted_payment])

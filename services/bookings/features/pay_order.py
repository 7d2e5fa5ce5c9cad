"""Pay: free and at the venue at once, in advance at a payment provider; an order or a change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.bookings.changes.changing import find_due_change
from services.bookings.closures.sales import is_change_closed, is_order_closed
from services.bookings.errors import (
    HoldExpired,
    OrderNotPayable,
    PaymentMethodNotAccepted,
    PaymentRefused,
    ReturnAddressForeign,
    SlotClosed,
)
from services.bookings.keys import CONTACT_SEALER, SITE_URL
from services.bookings.money.confirming import confirm
from services.bookings.orders import lock_own_order
from services.bookings.paths import OrderPath
from services.bookings.payments.payable import find_methods, find_methods_of
from services.bookings.payments.starting import (
    Device,
    Due,
    Visitor,
    begin,
    find_payee,
    find_payees,
    start,
)
from services.bookings.payments.views import PaymentView, load_payments
from services.bookings.views import OrderState, OrderView, PaymentMethod, load_orders
from shared.contracts.bookings import OnlineMethod
from shared.contracts.terms import PaymentPolicy
from shared.core.errors import NotFound, Unavailable
from shared.db import Connection, acquire, fetch_one, retry, transaction
from shared.http.access import Caller, may
from shared.http.client_address import client_address
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE
from shared.http.models import Body, Reply
from shared.http.route import route


class PayOrder(Body):
    """How the visitor pays, and what: the order, or with `line_id` what a changed line costs more.

    `return_url` is a page of ours that the provider sends them to afterwards; `device` is what
    they look at: a screen may get a code to scan with a phone.
    """

    method: PaymentMethod
    line_id: UUID | None = None
    return_url: Annotated[str, Field(pattern=r"^https?://[!-~]{1,2000}$")] | None = None
    device: Device = "phone"


class PaidOrder(OrderView):
    """An order, and the payment that was begun or made for it; null where none is needed."""

    payment: PaymentView | None


class BegunPayment(Reply):
    """What is kept of an answer for its repeats."""

    payment_id: UUID | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether the order can be paid, and how."""

    state: OrderState
    payment_method: PaymentMethod | None
    hold_expired: bool
    hold_expires_at: datetime | None
    accepted_payment: PaymentPolicy


READ_STANDING: Final = """
select
    state, payment_method, coalesce(hold_expires_at <= now(), false) as hold_expired,
    hold_expires_at, accepted_payment
from orders
where order_id = $1
"""


@route(
    "POST",
    "/v1/orders/{order_id}/payments",
    access=may("order.own"),
    status=201,
    idempotent=True,
    errors=(
        NotFound,
        HoldExpired,
        OrderNotPayable,
        PaymentMethodNotAccepted,
        PaymentRefused,
        ReturnAddressForeign,
        SlotClosed,
        Unavailable,
    ),
)
async def pay_order(
    request: web.Request,
    caller: Caller,
    path: OrderPath,
    body: PayOrder,
    idempotency: Idempotency | None,
) -> PaidOrder:
    """Pay for a held order, or for a change that waits for its payment.

    With `free` and `on_site` it is confirmed at once. With every other method the visitor goes to
    `payment.pay_url`, and the order is confirmed when the provider says that they paid. Asking
    again in the same way gives the same payment, as long as it can still be made. A hold whose
    time is over by the database's clock is refused, though its places may not be back on sale yet;
    so is what was shut meanwhile. Money for it that comes all the same goes back.
    """
    app, order_id = request.app, path.order_id
    return_url = _return_url(app, order_id, body.return_url)

    async def unit() -> UUID | None:
        async with transaction(app[DATABASE]) as conn:
            await lock_own_order(conn, order_id, caller.person)
            if idempotency and (earlier := await idempotency.earlier(conn, BegunPayment)):
                return earlier.payment_id
            if body.line_id is None:
                payment_id = await _pay_order(app, conn, order_id, body.method)
            else:
                payment_id = await _pay_change(app, conn, order_id, body.line_id, body.method)
            if idempotency:
                await idempotency.keep(conn, BegunPayment(payment_id=payment_id))
            return payment_id

    payment_id = await retry(unit)
    if payment_id is not None:
        address = client_address(request) or "127.0.0.1"
        await start(app, payment_id, Visitor(address, body.device, return_url))
    async with acquire(app[DATABASE]) as conn:
        [view] = await load_orders(conn, app[CONTACT_SEALER], [order_id])
        payments = await load_payments(conn, order_id)
    payment = next((one for one in payments if one.payment_id == payment_id), None)
    return PaidOrder(**dict(view), payment=payment)


async def _pay_order(
    app: web.Application, conn: Connection, order_id: UUID, method: PaymentMethod
) -> UUID | None:
    """Confirm the order, or return the payment that it waits for."""
    before = await fetch_one(conn, Standing, READ_STANDING, order_id)
    if (before.state, before.payment_method) == ("confirmed", method):
        return None
    if before.state == "expired" or (before.state == "held" and before.hold_expired):
        raise HoldExpired
    if before.state != "held" or before.hold_expires_at is None:
        raise OrderNotPayable(state=before.state)
    if await is_order_closed(conn, order_id):
        raise SlotClosed
    accepted = _accepted(before.accepted_payment, await find_methods_of(app, conn, order_id))
    if method not in accepted:
        raise PaymentMethodNotAccepted(accepted=list(accepted))
    if method == "free" or method == "on_site":  # noqa: PLR1714 - mypy narrows it so
        await confirm(conn, app[CONTACT_SEALER], order_id, method)
        return None
    payees = await find_payees(conn, order_id, method)
    return await begin(app, conn, Due(order_id, None, method, before.hold_expires_at), payees)


async def _pay_change(
    app: web.Application, conn: Connection, order_id: UUID, line_id: UUID, method: PaymentMethod
) -> UUID:
    """Return the payment that the change of a line waits for."""
    due = await find_due_change(conn, line_id)
    if due is None or due.order_id != order_id:
        raise OrderNotPayable(state="unchanged")
    if due.is_over:
        raise HoldExpired
    if await is_change_closed(conn, line_id):
        raise SlotClosed
    accepted = await find_methods(app, conn, [due.organisation_id])
    if method == "free" or method == "on_site" or method not in accepted:  # noqa: PLR1714 - the same
        raise PaymentMethodNotAccepted(accepted=list(accepted))
    payee = await find_payee(conn, due.organisation_id, method, due.due_fen)
    return await begin(app, conn, Due(order_id, line_id, method, due.held_until), [payee])


def _accepted(
    policy: PaymentPolicy, in_advance: tuple[OnlineMethod, ...]
) -> tuple[PaymentMethod, ...]:
    match policy:
        case "free":
            return ("free",)
        case "on_site":
            return ("on_site", *in_advance)
        case "online":
            return in_advance


def _return_url(app: web.Application, order_id: UUID, given: str | None) -> str:
    """Return where the provider sends the visitor: a page of ours, by default the order's."""
    site = app[SITE_URL]
    if given is None:
        return f"{site}/orders/{order_id}"
    if not given.startswith(f"{site}/"):
        raise ReturnAddressForeign
    return given

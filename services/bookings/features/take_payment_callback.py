"""Take in what a payment provider reports: a payment that was made, a refund that arrived."""

import structlog
from aiohttp import web

from services.bookings.errors import CallbackRefused
from services.bookings.keys import PROVIDERS
from services.bookings.paths import ProviderPath
from services.bookings.payments.provider import (
    Callback,
    CallbackNotGenuine,
    PaymentStatus,
    ProviderAway,
    ProviderRefused,
    RefundStatus,
    id_of,
)
from services.bookings.payments.refund_states import take_in_refund
from services.bookings.payments.settling import ask, take_in
from services.bookings.payments.stored import find_payment, find_refund
from shared.core.errors import NotFound, Unavailable
from shared.db import acquire
from shared.http.access import may
from shared.http.json_body import read_body
from shared.http.keys import DATABASE
from shared.http.route import route

_log = structlog.get_logger()


@route(
    "POST",
    "/v1/payment-callbacks/{provider}",
    access=may("payment.callback"),
    errors=(NotFound, CallbackRefused, Unavailable),
)
async def take_payment_callback(request: web.Request, path: ProviderPath) -> web.Response:
    """Take in a payment provider's report, in the provider's own format, signed in its own way.

    Signature, age, merchant, order and amount are checked. A report that comes again gets the same
    answer and changes nothing. What is answered with an error is reported again by the provider.
    """
    app = request.app
    provider = app[PROVIDERS].get(path.provider)
    if provider is None:
        raise NotFound
    body = await read_body(request)
    try:
        callback = await provider.verify_callback(request.headers, body)
        await _take_in(app, callback)
    except CallbackNotGenuine as error:
        _log.warning("payment.callback_refused", provider=path.provider, reason=str(error))
        raise CallbackRefused from error
    except (ProviderAway, ProviderRefused) as error:
        raise Unavailable(headers={"Retry-After": "5"}) from error
    return web.Response(body=callback.answer_body, content_type=callback.answer_content_type)


async def _take_in(app: web.Application, callback: Callback) -> None:
    match callback.status:
        case PaymentStatus() as status:
            await _take_in_payment(app, status)
        case RefundStatus() as status:
            await _take_in_refund(app, status)


async def _take_in_payment(app: web.Application, status: PaymentStatus) -> None:
    try:
        payment_id = id_of(status.number)
    except ValueError:
        raise NotFound from None
    async with acquire(app[DATABASE]) as conn:
        payment = await find_payment(conn, payment_id)
    if payment is None:
        raise NotFound
    if status.state == "unknown":
        # It reports a part of the bill only; the provider knows the whole.
        await ask(app, payment)
    else:
        await take_in(app, payment, status)


async def _take_in_refund(app: web.Application, status: RefundStatus) -> None:
    try:
        refund_id = id_of(status.number)
    except ValueError:
        raise NotFound from None
    async with acquire(app[DATABASE]) as conn:
        refund = await find_refund(conn, refund_id)
    if refund is None:
        raise NotFound
    await take_in_refund(app, refund, status)

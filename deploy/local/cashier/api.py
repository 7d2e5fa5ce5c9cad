"""What the platform asks of the cashier: payments and refunds, by signed requests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from deploy.local.cashier.charges import ChargeRequest, RefundRequest
from deploy.local.cashier.courier import Courier
from deploy.local.cashier.store import NotPossible, OtherwiseAsked, Store
from services.bookings.payments.sandbox_signing import is_signed

STORE: Final = web.AppKey("store", Store)
COURIER: Final = web.AppKey("courier", Courier)
KEY: Final = web.AppKey("key", bytes)
BASE_URL: Final = web.AppKey("base_url", str)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_api(app: web.Application) -> None:
    """Serve the API under `/v1`."""
    app.router.add_post("/v1/charges", open_charge)
    app.router.add_get("/v1/charges/{number}", show_charge)
    app.router.add_post("/v1/charges/{number}/close", close_charge)
    app.router.add_post("/v1/refunds", add_refund)
    app.router.add_get("/v1/refunds/{number}", show_refund)


@web.middleware
async def only_signed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn away whoever asks the API without knowing the key."""
    if request.path.startswith("/v1/"):
        what = f"{request.method} {request.path}"
        if not is_signed(request.app[KEY], what, await request.read(), request.headers):
            return _refusal(401, "not_signed")
    return await handler(request)


async def open_charge(request: web.Request) -> web.Response:
    """Open a payment; the same number again is the same payment."""
    try:
        asked = ChargeRequest.model_validate_json(await request.read())
        charge = await asyncio.to_thread(request.app[STORE].open_charge, asked)
    except ValidationError:
        return _refusal(422, "malformed")
    except OtherwiseAsked:
        return _refusal(409, "number_used")
    url = f"{request.app[BASE_URL]}/pay/{charge.asked.number}"
    return web.json_response({**charge.as_json(), "pay_url": url}, status=201)


async def show_charge(request: web.Request) -> web.Response:
    """Say how a payment stands."""
    charge = await asyncio.to_thread(request.app[STORE].charge, request.match_info["number"])
    return _refusal(404, "unknown") if charge is None else web.json_response(charge.as_json())


async def close_charge(request: web.Request) -> web.Response:
    """End an unpaid payment."""
    number = request.match_info["number"]
    try:
        ended = await asyncio.to_thread(request.app[STORE].close_charge, number)
    except KeyError:
        return _refusal(404, "unknown")
    return web.json_response({}) if ended else _refusal(409, "paid")


async def add_refund(request: web.Request) -> web.Response:
    """Accept a refund; it is done a little later."""
    try:
        asked = RefundRequest.model_validate_json(await request.read())
        refund = await asyncio.to_thread(request.app[STORE].add_refund, asked)
    except ValidationError:
        return _refusal(422, "malformed")
    except KeyError:
        return _refusal(404, "unknown")
    except NotPossible as error:
        return _refusal(409, error.code)
    request.app[COURIER].wake()
    return web.json_response(refund.as_json(), status=202)


async def show_refund(request: web.Request) -> web.Response:
    """Say how a refund stands."""
    refund = await asyncio.to_thread(request.app[STORE].refund, request.match_info["number"])
    return _refusal(404, "unknown") if refund is None else web.json_response(refund.as_json())


def _refusal(status: int, code: str) -> web.Response:
    return web.json_response({"code": code}, status=status)

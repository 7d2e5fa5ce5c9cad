"""`/orders/{id}`: an order with its lines, tickets and money; its calendar."""

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import hdrs, web

from services.web.browser.asking import asking
from services.web.clients.asking import Asking
from services.web.clients.booked import Order, OrderLine, Ticket
from services.web.clients.payments import Payments
from services.web.clients.seen import Words, for_each
from services.web.keys import BOOKINGS, VENUES
from services.web.paths import path_id
from services.web.paying import ways_to_pay
from services.web.rendering.answers import HEADERS, page
from services.web.rendering.qr import qr_svg
from shared.core.errors import NotFound, Unavailable
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK

# How often the page looks again whether the payment has arrived.
LOOKS_EVERY_SECONDS: Final = 4
NO_PAYMENTS: Final = Payments()


async def show(request: web.Request) -> web.Response:
    """Show one of the visitor's own orders."""
    by = asking(request)
    order = await request.app[BOOKINGS].order(by, path_id(request, "order_id"))
    tickets, options, payments, methods = await asyncio.gather(
        _tickets(request.app, by, order),
        _option_names(request.app, order),
        _payments(request.app, by, order),
        ways_to_pay(request.app, order.accepted_payment if order.total_fen else "free"),
    )
    now = request.app[CLOCK].now()
    can_cancel = [line.line_id for line in order.standing if _is_open(order, line, tickets, now)]
    waits = [line for line in order.lines if line.state == "held" and line.replaces_line_id]
    is_due = order.state == "held" or bool(waits)
    is_paying = is_due and "paying" in request.query and bool(payments.open)
    context = {
        "order": order,
        "tickets": {line.line_id: _of(line, tickets) for line in order.lines},
        "options": options,
        "payments": payments,
        "methods": methods,
        "waiting_change": waits[0] if waits else None,
        "is_paying": is_paying,
        "now": now,
        "can_cancel": can_cancel,
    }
    response = page(request, "order.html", context, pays=is_due)
    if is_paying:
        response.headers["Refresh"] = str(LOOKS_EVERY_SECONDS)
    return response


async def show_ticket(request: web.Request) -> web.Response:
    """Show the QR code of one ticket, as an SVG."""
    tickets = await request.app[BOOKINGS].tickets(asking(request), path_id(request, "order_id"))
    line_id = path_id(request, "line_id")
    ordinal = int(request.match_info["ordinal"])
    for ticket in tickets:
        if (ticket.line_id, ticket.ordinal) == (line_id, ordinal):
            return _picture(ticket.code)
    raise NotFound


async def show_payment(request: web.Request) -> web.Response:
    """Show the code that is scanned with a phone to pay, as an SVG."""
    payments = await request.app[BOOKINGS].payments(asking(request), path_id(request, "order_id"))
    payment_id = path_id(request, "payment_id")
    for payment in payments.open:
        if payment.payment_id == payment_id and payment.pay_url:
            return _picture(payment.pay_url)
    raise NotFound


async def show_calendar(request: web.Request) -> web.Response:
    """Hand over the order as a calendar file."""
    order_id = path_id(request, "order_id")
    answer = await request.app[BOOKINGS].calendar(asking(request), order_id)
    return web.Response(
        body=answer.body,
        content_type="text/calendar",
        charset="utf-8",
        headers={
            **HEADERS,
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="xiangyou-{order_id}.ics"',
        },
    )


async def _tickets(app: web.Application, by: Asking, order: Order) -> tuple[Ticket, ...]:
    return await app[BOOKINGS].tickets(by, order.order_id) if order.confirmed_at else ()


async def _option_names(app: web.Application, order: Order) -> dict[UUID, dict[str, Words]]:
    """Return what the types of pitches and tables are called, by offering, where that is known."""
    wanted = sorted({line.offering_id for line in order.lines if line.options})
    try:
        offerings = await for_each(wanted, app[VENUES].offering)
    except (ProblemAnswer, Unavailable):
        return {}
    return {
        one.offering_id: {option.code: option.name for option in one.terms.options}
        for one in offerings
    }


async def _payments(app: web.Application, by: Asking, order: Order) -> Payments:
    """Return the payments; the page tells what it can without them."""
    if not order.total_fen and not order.paid_fen:
        return NO_PAYMENTS
    try:
        return await app[BOOKINGS].payments(by, order.order_id)
    except (ProblemAnswer, Unavailable):
        return NO_PAYMENTS


def _of(line: OrderLine, tickets: tuple[Ticket, ...]) -> list[Ticket]:
    return [ticket for ticket in tickets if ticket.line_id == line.line_id]


def _is_open(order: Order, line: OrderLine, tickets: tuple[Ticket, ...], now: datetime) -> bool:
    """Tell whether a line can still be cancelled or changed."""
    used = any(ticket.used_at for ticket in _of(line, tickets))
    standing = order.state in {"held", "confirmed"} and line.stands
    return standing and not used and line.starts_at > now


def _picture(text: str) -> web.Response:
    return web.Response(
        body=qr_svg(text),
        content_type="image/svg+xml",
        headers={hdrs.CACHE_CONTROL: "private, no-store"},
    )

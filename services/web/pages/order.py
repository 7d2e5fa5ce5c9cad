"""`/orders/{id}`: an order with its tickets; its calendar; paying for a held one; cancelling."""

import io

import segno
from aiohttp import hdrs, web

from services.web.browser.session import viewer_of
from services.web.keys import BOOKINGS, FORM, LANGUAGE
from services.web.paths import path_id
from services.web.rendering.answers import HEADERS, go_to, page
from shared.core.errors import NotFound
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK


async def show(request: web.Request) -> web.Response:
    """Show one of the visitor's own orders."""
    viewer = viewer_of(request)
    order = await request.app[BOOKINGS].order(viewer, path_id(request, "order_id"))
    tickets = (
        await request.app[BOOKINGS].tickets(viewer, order.order_id)
        if order.confirmed_at is not None
        else ()
    )
    by_line = {
        line.line_id: [ticket for ticket in tickets if ticket.line_id == line.line_id]
        for line in order.lines
    }
    open_still = order.state in {"held", "confirmed"}
    why_not = ""
    if any(ticket.used_at for ticket in tickets):
        why_not = "order.used_already"
    elif order.starts_at <= request.app[CLOCK].now():
        why_not = "order.begun_already"
    context = {
        "order": order,
        "tickets": by_line,
        "can_cancel": open_still and not why_not,
        "why_not": why_not if open_still else "",
    }
    return page(request, "order.html", context)


async def show_ticket(request: web.Request) -> web.Response:
    """Show the QR code of one ticket, as an SVG."""
    viewer = viewer_of(request)
    tickets = await request.app[BOOKINGS].tickets(viewer, path_id(request, "order_id"))
    line_id = path_id(request, "line_id")
    ordinal = int(request.match_info["ordinal"])
    for ticket in tickets:
        if (ticket.line_id, ticket.ordinal) == (line_id, ordinal):
            return web.Response(
                body=_qr(ticket.code),
                content_type="image/svg+xml",
                headers={hdrs.CACHE_CONTROL: "private, no-store"},
            )
    raise NotFound


async def show_calendar(request: web.Request) -> web.Response:
    """Hand over the order as a calendar file."""
    viewer = viewer_of(request)
    order_id = path_id(request, "order_id")
    answer = await request.app[BOOKINGS].calendar(viewer, order_id, request[LANGUAGE])
    return web.Response(
        body=answer.body,
        content_type="text/calendar",
        charset="utf-8",
        headers={
            **HEADERS,
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="xiangyou-{order_id}.ics"',
        },
    )


async def pay(request: web.Request) -> web.Response:
    """Settle how a held order is paid."""
    viewer = viewer_of(request)
    order_id = path_id(request, "order_id")
    method = "free" if request[FORM].get("method") == "free" else "on_site"
    await request.app[BOOKINGS].pay(viewer, order_id, method)
    return go_to(f"/orders/{order_id}", said="paid")


async def ask_cancel(request: web.Request) -> web.Response:
    """Say exactly what cancelling will do, and ask."""
    viewer = viewer_of(request)
    order = await request.app[BOOKINGS].order(viewer, path_id(request, "order_id"))
    if not order.stands:
        return go_to(f"/orders/{order.order_id}")
    return page(request, "cancel.html", {"order": order, "error": ""})


async def cancel(request: web.Request) -> web.Response:
    """Cancel the order."""
    viewer = viewer_of(request)
    order_id = path_id(request, "order_id")
    try:
        await request.app[BOOKINGS].cancel(viewer, order_id)
    except ProblemAnswer as problem:
        if problem.code != "order_not_cancellable":
            raise
        order = await request.app[BOOKINGS].order(viewer, order_id)
        context = {"order": order, "error": "cancel.too_late"}
        return page(request, "cancel.html", context, status=409)
    return go_to(f"/orders/{order_id}", said="cancelled")


def _qr(code: str) -> bytes:
    made = io.BytesIO()
    qr = segno.make(code, error="m", micro=False)
    qr.save(made, kind="svg", scale=4, border=3, light="#ffffff", svgclass=None, lineclass=None)
    return made.getvalue()

"""`/orders/{id}/cancel`: what cancelling one line, or all, would bring back; asked once."""

from uuid import UUID

from aiohttp import web

from services.web.browser.asking import asking
from services.web.clients.booked import CancellationPreview, Order
from services.web.keys import BOOKINGS, FORM
from services.web.paths import path_id, read_id
from services.web.refusals import words_of
from services.web.rendering.answers import go_to, page
from shared.core.errors import NotFound
from shared.core.money import MOST_FEN
from shared.http.client import ProblemAnswer

NOTHING = CancellationPreview(whole=False)


async def ask(request: web.Request) -> web.Response:
    """Say exactly what cancelling will do, and ask."""
    order = await request.app[BOOKINGS].order(asking(request), path_id(request, "order_id"))
    line_id = _line_id(order, request.query.get("line"))
    if not order.stands:
        return go_to(f"/orders/{order.order_id}")
    return await _answer(request, order, line_id)


async def cancel(request: web.Request) -> web.Response:
    """Cancel what was asked about, for what was shown to come back."""
    by, form = asking(request), request[FORM]
    order = await request.app[BOOKINGS].order(by, path_id(request, "order_id"))
    line_id = _line_id(order, form.get("line"))
    try:
        after = await request.app[BOOKINGS].cancel(
            by, order.order_id, line_id, _fen(form.get("refund_fen"))
        )
    except ProblemAnswer as problem:
        words = words_of(problem)
        return await _answer(request, order, line_id, words, status=problem.status)
    said = "line_cancelled" if after.stands else "cancelled"
    return go_to(f"/orders/{order.order_id}", said=said)


async def _answer(
    request: web.Request, order: Order, line_id: UUID | None, error: str = "", *, status: int = 200
) -> web.Response:
    """Show what would come back now; without that, only why it can't be cancelled."""
    preview = NOTHING
    try:
        preview = await request.app[BOOKINGS].preview_cancellation(
            asking(request), order.order_id, line_id
        )
    except ProblemAnswer as problem:
        error = words_of(problem)
    lines = [(order.line(one.line_id), one) for one in preview.lines]
    context = {
        "order": order,
        "line_id": line_id,
        "preview": preview,
        "lines": [(line, refund) for line, refund in lines if line is not None],
        "error": error,
    }
    return page(request, "cancel.html", context, status=status)


def _line_id(order: Order, typed: str | None) -> UUID | None:
    """Return the line that is meant; None for all of them. Raises NotFound."""
    if not typed:
        return None
    line_id = read_id(typed)
    if order.line(line_id) is None:
        raise NotFound
    return line_id


def _fen(typed: str | None) -> int:
    digits = typed or ""
    return min(int(digits), MOST_FEN) if digits.isascii() and digits.isdigit() else 0

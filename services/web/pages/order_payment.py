"""`/orders/{id}/payments`: settling how a held order, or a change of it, is paid."""

from aiohttp import web

from services.web.browser.asking import asking
from services.web.keys import FORM
from services.web.paths import path_id, read_id
from services.web.paying import begin_payment


async def pay(request: web.Request) -> web.Response:
    """Confirm the order, or send the visitor to where they pay."""
    by, form = asking(request), request[FORM]
    line_id = read_id(form["line"]) if form.get("line") else None
    method = form.get("method", "")
    return await begin_payment(request, by, path_id(request, "order_id"), method, line_id)

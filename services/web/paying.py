"""How an order can be paid, and the way to the page where it is."""

from typing import Final
from uuid import UUID

from aiohttp import hdrs, web
from pydantic import JsonValue

from services.web.clients.asking import Asking
from services.web.keys import BOOKINGS
from services.web.rendering.answers import go_outside, go_to
from services.web.settings import WebSettings
from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer
from shared.http.keys import SETTINGS

AT_ONCE: Final = frozenset({"free", "on_site"})
# By this the order's page knows that somebody comes back from paying, and waits with them.
CAME_BACK: Final = "paying=1"


async def ways_to_pay(app: web.Application, accepted: str) -> list[str]:
    """Return the methods that an order can be paid by: `accepted` is free, on_site or online.

    While bookings is away nothing can be paid in advance.
    """
    if accepted == "free":
        return ["free"]
    try:
        in_advance = await app[BOOKINGS].payment_methods()
    except Unavailable:
        in_advance = []
    return ["on_site", *in_advance] if accepted == "on_site" else in_advance


async def begin_payment(
    request: web.Request, by: Asking, order_id: UUID, method: str, line_id: UUID | None = None
) -> web.Response:
    """Settle how an order, or a changed line, is paid; send the visitor to where they pay.

    What goes wrong is told on the order's page, where it can be tried again.
    """
    place = f"/orders/{order_id}"
    body: dict[str, JsonValue] = {"method": method}
    if method not in AT_ONCE:
        settings = request.app[SETTINGS]
        site = settings.public_url if isinstance(settings, WebSettings) else ""
        body["return_url"] = f"{site}{place}?{CAME_BACK}"
        body["device"] = "phone" if _is_phone(request) else "screen"
    if line_id is not None:
        body["line_id"] = str(line_id)
    try:
        paid = await request.app[BOOKINGS].pay(by, order_id, body)
    except Unavailable:
        return go_to(place, said="pay_again")
    except ProblemAnswer as problem:
        if problem.code == "payment_refused":
            return go_to(place, said="pay_again")
        if problem.code in {"hold_expired", "order_not_payable", "payment_method_not_accepted"}:
            return go_to(place, said="not_paid")
        raise
    if paid.payment is None:
        return go_to(place, said="paid")
    if paid.payment.shown_as == "code" or paid.payment.pay_url is None:
        return go_to(f"{place}?{CAME_BACK}")
    return go_outside(paid.payment.pay_url)


def _is_phone(request: web.Request) -> bool:
    return "Mobi" in request.headers.get(hdrs.USER_AGENT, "")

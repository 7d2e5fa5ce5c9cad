"""`/lookup`: an order by its code and the end of its phone number, without signing in."""

import re
from typing import Final

from aiohttp import web

from services.web.browser.asking import asking_as_anybody
from services.web.clients.booked import FoundOrder
from services.web.keys import BOOKINGS, FORM, LANGUAGE
from services.web.rendering.answers import page
from shared.http.client import ProblemAnswer
from shared.http.keys import CATALOGUE

NOT_FOUND: Final = 404
UNPROCESSABLE: Final = 422
TOO_MANY: Final = 429
LONGEST_CODE: Final = 40
_FOUR_DIGITS: Final = re.compile(r"[0-9]{4}", re.ASCII)


async def show(request: web.Request) -> web.Response:
    """Ask for the code and the digits."""
    return _ask(request)


async def look_up(request: web.Request) -> web.Response:
    """Show the order with its tickets, to be looked at only."""
    form = request[FORM]
    code = form.get("code", "").strip()[:LONGEST_CODE]
    digits = form.get("digits", "").strip()
    if not code or not _FOUR_DIGITS.fullmatch(digits):
        return _ask(request, "lookup.incomplete", UNPROCESSABLE)
    try:
        found = await request.app[BOOKINGS].look_up(asking_as_anybody(request), code, digits)
    except ProblemAnswer as problem:
        if problem.status == TOO_MANY:
            return _ask(request, "lookup.too_often", TOO_MANY)
        if problem.status in {NOT_FOUND, UNPROCESSABLE}:
            return _ask(request, "lookup.not_found", NOT_FOUND)
        raise
    return page(request, "looked_up.html", _context(found))


def _context(found: FoundOrder) -> dict[str, object]:
    tickets = {
        line.line_id: [ticket for ticket in found.tickets if ticket.line_id == line.line_id]
        for line in found.order.lines
    }
    return {"order": found.order, "tickets": tickets}


def _ask(request: web.Request, error: str = "", status: int = 200) -> web.Response:
    form = request.get(FORM, {})
    words = request.app[CATALOGUE].text(error, request[LANGUAGE]) if error else ""
    context = {"code": form.get("code", ""), "digits": form.get("digits", ""), "error": words}
    return page(request, "lookup.html", context, status=status)

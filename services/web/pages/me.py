"""`/me`: my trips, my name, my language."""

import asyncio
from typing import Final

from aiohttp import web

from services.web.browser.asking import asking
from services.web.browser.language import read_language, write_language
from services.web.browser.session import viewer_of
from services.web.keys import ACCOUNTS, BOOKINGS, FORM, LANGUAGE, WAITLIST
from services.web.rendering.answers import go_to, page
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK

LONGEST_NAME: Final = 60
LONGEST_CURSOR: Final = 400
UNPROCESSABLE: Final = 422


async def show(request: web.Request) -> web.Response:
    """Show the visitor's trips, those to come first."""
    return await _answer(request, None, "")


async def change(request: web.Request) -> web.Response:
    """Change the visitor's name and language."""
    viewer = viewer_of(request)
    form = request[FORM]
    name = " ".join(form.get("name", "").split())
    chosen = read_language(form.get("language"))
    language = request[LANGUAGE] if chosen is None else chosen
    if len(name) > LONGEST_NAME:
        return await _answer(request, name, "me.name_long", status=UNPROCESSABLE)
    try:
        await request.app[ACCOUNTS].change_me(viewer, name or None, language)
    except ProblemAnswer as problem:
        if problem.status != UNPROCESSABLE:
            raise
        return await _answer(request, name, "me.name_wrong", status=UNPROCESSABLE)
    write_language(request, language)
    return go_to("/me", said="saved")


async def _answer(
    request: web.Request, typed_name: str | None, error: str, *, status: int = 200
) -> web.Response:
    viewer, by = viewer_of(request), asking(request)
    cursor = request.query.get("cursor", "")[:LONGEST_CURSOR] or None
    me, orders, entries = await asyncio.gather(
        request.app[ACCOUNTS].me(viewer),
        request.app[BOOKINGS].orders(by, cursor),
        request.app[WAITLIST].entries(by),
    )
    now = request.app[CLOCK].now()
    coming = [order for order in orders.items if order.stands and order.ends_at > now]
    coming.sort(key=lambda order: order.starts_at)
    context = {
        "me": me,
        "coming": coming,
        "waiting": [entry for entry in entries if entry.is_open],
        "past": [order for order in orders.items if order not in coming],
        "next": orders.next,
        "name": (me.name or "") if typed_name is None else typed_name,
        "error": error,
    }
    return page(request, "me.html", context, status=status)

"""`/orders/{id}/lines/{line}/change`: another time or party, seen before it is made."""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import web
from pydantic import JsonValue

from services.web.browser.asking import asking
from services.web.choosing import Choice, Days, chooser, days_of
from services.web.clients.booked import Order, OrderLine
from services.web.clients.venues import Offering
from services.web.domain.party import AGES, Party
from services.web.keys import BOOKINGS, FORM, VENUES, VIEWER
from services.web.paths import path_id
from services.web.refusals import words_of
from services.web.rendering.answers import go_to, page
from shared.core.clock import local_day
from shared.core.errors import NotFound
from shared.core.ids import random_token
from shared.core.money import MOST_FEN
from shared.http.client import ProblemAnswer

UNPROCESSABLE: Final = 422


async def choose(request: web.Request) -> web.Response:
    """Show the times that the line could have instead; the first time, those around its own."""
    order, line, offering = await _load(request)
    if line.line_id not in {one.line_id for one in order.standing} or not order.stands:
        return go_to(f"/orders/{order.order_id}")
    party = _party(line)
    if "day" not in request.query and "from" not in request.query:
        option = {"option": next(iter(line.options))} if line.options else {}
        query = {"day": line.day.isoformat(), **party.query, **option}
        return go_to(f"{request.path}?{urlencode(query)}")
    choice = Choice.of(offering, dict(request.query), Party.read(request.query))
    choice = replace(choice, nights=line.nights or 1, slot=line.starts_at.isoformat())
    return await _ask(request, order, line, offering, choice)


async def preview(request: web.Request) -> web.Response:
    """Show what the change costs, and ask."""
    order, line, offering = await _load(request)
    form = request[FORM]
    choice = Choice.of(offering, form, Party.typed(form))
    body = _body(line, offering, choice)
    if body is None:
        return await _ask(request, order, line, offering, choice, status=UNPROCESSABLE)
    return await _confirm(request, (order, line, offering), choice, body)


async def change(request: web.Request) -> web.Response:
    """Make the change that was shown, for the difference that was shown."""
    order, line, offering = await _load(request)
    form = request[FORM]
    choice = Choice.of(offering, form, Party.typed(form))
    body = _body(line, offering, choice)
    if body is None:
        return await _ask(request, order, line, offering, choice, status=UNPROCESSABLE)
    wanted: JsonValue = {
        **body,
        "expected_difference_fen": _fen(form.get("difference_fen", "")),
        "accepts_no_refund": form.get("accepts_no_refund") == "yes",
    }
    try:
        made = await request.app[BOOKINGS].change(
            asking(request), order.order_id, form.get("key", "")[:40] or random_token(16), wanted
        )
    except ProblemAnswer as problem:
        words = words_of(problem)
        return await _confirm(request, (order, line, offering), choice, body, words)
    place = f"/orders/{order.order_id}"
    # What costs more is paid there, as long as both lines have their places.
    return go_to(place) if made.pay_until else go_to(place, said="changed")


async def _load(request: web.Request) -> tuple[Order, OrderLine, Offering]:
    order = await request.app[BOOKINGS].order(asking(request), path_id(request, "order_id"))
    line = order.line(path_id(request, "line_id"))
    if line is None:
        raise NotFound
    offering = await request.app[VENUES].offering(line.offering_id, request[VIEWER])
    return order, line, offering


async def _ask(
    request: web.Request,
    order: Order,
    line: OrderLine,
    offering: Offering,
    choice: Choice,
    *,
    status: int = 200,
) -> web.Response:
    days = _with_own_places(await days_of(request, offering, choice), line)
    context = {
        **await chooser(request, offering, choice, days),
        "order": order,
        "line": line,
        "path": f"/orders/{order.order_id}/lines/{line.line_id}/change",
    }
    return page(request, "change.html", context, status=status)


async def _confirm(
    request: web.Request,
    changed: tuple[Order, OrderLine, Offering],
    choice: Choice,
    body: dict[str, JsonValue],
    error: str = "",
) -> web.Response:
    """Show the change as it would be now; what bookings refuses is told where one chooses."""
    order, line, offering = changed
    try:
        found = await request.app[BOOKINGS].preview_change(asking(request), order.order_id, body)
    except ProblemAnswer as problem:
        choice.refusal = error or words_of(problem)
        return await _ask(request, order, line, offering, choice, status=problem.status)
    context = {
        "order": order,
        "line": line,
        "offering": offering,
        "choice": choice,
        "preview": found,
        "error": error,
        "key": random_token(16),
        "path": f"/orders/{order.order_id}/lines/{line.line_id}/change",
    }
    return page(request, "change_confirm.html", context, status=UNPROCESSABLE if error else 200)


def _body(line: OrderLine, offering: Offering, choice: Choice) -> dict[str, JsonValue] | None:
    """Return the change as bookings takes it, or None with what is missing in the errors."""
    persons, starts_at = choice.party.persons, choice.starts_at
    if not 0 < persons <= offering.terms.most_persons:
        choice.errors["party"] = "offering.party_none" if persons == 0 else "offering.party_large"
    if starts_at is None:
        choice.errors["slot"] = "offering.slot_missing"
    if choice.errors or starts_at is None:
        return None
    tickets: dict[str, JsonValue] = dict(choice.party.tickets)
    body: dict[str, JsonValue] = {"line_id": str(line.line_id), "tickets": tickets}
    if offering.kind == "stay":
        body |= {"date": local_day(starts_at).isoformat(), "nights": choice.nights}
        return body | ({"option": choice.option} if choice.option else {})
    return body | {"starts_at": starts_at.isoformat()}


def _with_own_places(days: Days, line: OrderLine) -> Days:
    """Return the days with the line's own places counted as free: it may keep them."""
    if days.slots is None:
        return days
    nights = {line.day + timedelta(days=night) for night in range(line.nights)}
    slots = [
        slot.model_copy(update={"left": slot.left + line.units, "fits": True})
        if slot.starts_at == line.starts_at or (line.nights and slot.day in nights)
        else slot
        for slot in days.slots
    ]
    return replace(days, slots=slots)


def _party(line: OrderLine) -> Party:
    return Party(**{age: line.tickets.get(age, 0) for age in AGES})


def _fen(typed: str) -> int:
    digits = typed.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return 0
    fen = min(int(digits[:15]), MOST_FEN)
    return -fen if typed.startswith("-") else fen

"""`/plan`: the weekend on one time line, and the one order that books it."""

import asyncio
from typing import Final

from aiohttp import web
from pydantic import JsonValue

from services.web.browser.plan_cookie import read_plan, write_plan
from services.web.browser.session import viewer_of
from services.web.clients.bookings import Order
from services.web.domain.plan import Plan
from services.web.domain.viewer import Viewer
from services.web.keys import ACCOUNTS, BOOKINGS, FORM, VIEWER
from services.web.planning import PlanView, look_at, order_lines
from services.web.rendering.answers import go_to, page
from shared.core.errors import NotSignedIn, Unavailable
from shared.core.money import MOST_FEN
from shared.http.client import ProblemAnswer

LONGEST_NAME: Final = 60
CONFLICT: Final = 409
UNPROCESSABLE: Final = 422
UNAVAILABLE: Final = 503
# The first tap of a double tap is still being worked on: its answer is ours too.
IN_FLIGHT: Final = "request_in_flight"
LOOKS_AGAIN: Final = 8
LOOKS_EVERY_SECONDS: Final = 0.4
# What can be wrong with one line, and is said there.
LINE_PROBLEMS: Final = frozenset(
    {
        "day_is_full",
        "line_time_mismatch",
        "offering_not_on_sale",
        "pool_exhausted",
        "slot_not_available",
    }
)


async def show(request: web.Request) -> web.Response:
    """Show the plan."""
    plan = read_plan(request)
    return await _answer(request, plan, await look_at(request.app, plan), {})


async def remove(request: web.Request) -> web.Response:
    """Take a line out of the plan."""
    plan = read_plan(request)
    write_plan(request, plan.without_line(request[FORM].get("line", "")))
    return go_to("/plan", said="removed")


async def order(request: web.Request) -> web.Response:
    """Book the whole plan: all of its lines or none, and once however often it is sent."""
    form = request[FORM]
    plan = read_plan(request)
    if plan.ordered_id is not None and form.get("key") == plan.ordered_key:
        return go_to(f"/orders/{plan.ordered_id}", said="ordered")
    if not plan.lines:
        return go_to("/plan")
    plan = plan.named(" ".join(form.get("contact_name", "").split())[:LONGEST_NAME])
    write_plan(request, plan)
    try:
        viewer = viewer_of(request)
    except NotSignedIn:
        return go_to("/login?next=/plan")
    view = await look_at(request.app, plan)
    errors = _check(form, plan, view)
    if errors:
        return await _answer(request, plan, view, errors, status=UNPROCESSABLE)
    return await _place(request, viewer, plan, view)


async def _place(request: web.Request, viewer: Viewer, plan: Plan, view: PlanView) -> web.Response:
    body: JsonValue = {
        "lines": order_lines(view),
        "contact": {"name": plan.contact_name},
        "payment_method": view.payment_method,
        "expected_total_fen": _fen(request[FORM].get("total_fen")),
    }
    try:
        placed = await _place_once(request.app, viewer, plan.key, body)
    except Unavailable:
        # It may have been booked: the same key finds out, so the page keeps it.
        errors = {"order": "plan.error_unavailable"}
        return await _answer(request, plan, view, errors, status=UNAVAILABLE)
    except ProblemAnswer as problem:
        if problem.code == "idempotency_key_reused":
            write_plan(request, Plan())
            return go_to("/me", said="ordered_before")
        return await _refused(request, plan, view, problem)
    write_plan(request, plan.ordered(placed.order_id))
    return go_to(f"/orders/{placed.order_id}", said="ordered")


async def _place_once(app: web.Application, viewer: Viewer, key: str, body: JsonValue) -> Order:
    for _ in range(LOOKS_AGAIN):
        try:
            return await app[BOOKINGS].place_order(viewer, key, body)
        except ProblemAnswer as problem:
            if problem.code != IN_FLIGHT:
                raise
        await asyncio.sleep(LOOKS_EVERY_SECONDS)
    raise Unavailable


async def _refused(
    request: web.Request, plan: Plan, view: PlanView, problem: ProblemAnswer
) -> web.Response:
    """Say what was refused, at the line where it was one line's fault."""
    number = problem.params.get("line")
    at_a_line = isinstance(number, int) and 0 <= number < len(view.stops)
    if problem.code in LINE_PROBLEMS and isinstance(number, int) and at_a_line:
        line_id = view.stops[number].line.line_id
        errors = {line_id: f"plan.error_{problem.code}", "order": "plan.error_line"}
    elif problem.code == "price_changed":
        errors = {"order": "plan.error_price_changed"}
    elif problem.status in {UNPROCESSABLE, CONFLICT}:
        errors = {"order": "plan.error_refused"}
    else:
        raise problem
    # The services may have changed what they said a moment ago.
    fresh = await look_at(request.app, plan)
    return await _answer(request, plan, fresh, errors, status=CONFLICT)


def _check(form: dict[str, str], plan: Plan, view: PlanView) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not plan.contact_name:
        errors["contact_name"] = "plan.error_name"
    if form.get("key") != plan.key:
        errors["order"] = "plan.error_changed"
    elif not view.can_be_ordered:
        errors["order"] = "plan.error_line"
    return errors


async def _answer(
    request: web.Request,
    plan: Plan,
    view: PlanView,
    errors: dict[str, str],
    *,
    status: int = 200,
) -> web.Response:
    return page(
        request,
        "plan.html",
        {
            "plan": plan,
            "view": view,
            "errors": errors,
            "contact_name": plan.contact_name or await _own_name(request, view),
        },
        status=status,
    )


async def _own_name(request: web.Request, view: PlanView) -> str:
    """Return the visitor's own name to begin with; the form works without it."""
    viewer = request[VIEWER]
    if viewer is None or not view.stops:
        return ""
    try:
        return (await request.app[ACCOUNTS].me(viewer)).name or ""
    except (ProblemAnswer, Unavailable):
        return ""


def _fen(typed: str | None) -> int:
    digits = typed or ""
    return min(int(digits), MOST_FEN) if digits.isascii() and digits.isdigit() else 0

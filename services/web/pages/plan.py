"""`/plan`: the weekend on one time line, and the one order that books it."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from pydantic import JsonValue

from services.web.browser.asking import asking, asking_as_anybody
from services.web.browser.plan_cookie import read_plan, write_plan
from services.web.clients.asking import Asking
from services.web.clients.booked import Order
from services.web.domain.plan import LONGEST_NAME, Plan
from services.web.keys import ACCOUNTS, BOOKINGS, FORM, LANGUAGE, VIEWER
from services.web.paying import begin_payment, ways_to_pay
from services.web.planning import PlanView, look_at, refusal_at
from services.web.refusals import words_of
from services.web.rendering.answers import go_to, page
from shared.core.errors import NotSignedIn, Unavailable
from shared.http.client import ProblemAnswer
from shared.http.keys import CATALOGUE

CONFLICT: Final = 409
UNPROCESSABLE: Final = 422
UNAVAILABLE: Final = 503
# The first tap of a double tap is still being worked on: its answer is ours too.
IN_FLIGHT: Final = "request_in_flight"
LOOKS_AGAIN: Final = 8
LOOKS_EVERY_SECONDS: Final = 0.4


@dataclass
class Checkout:
    """The form as it was filled in, with what is wrong, in words; kept for another try."""

    name: str = ""
    phone: str = ""
    method: str = ""
    accepts_no_refund: bool = False
    quote_id: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, form: dict[str, str]) -> "Checkout":
        """Return what a form says."""
        return cls(
            name=" ".join(form.get("contact_name", "").split()),
            phone=form.get("contact_phone", "").strip(),
            method=form.get("method", ""),
            accepts_no_refund=form.get("accepts_no_refund") == "yes",
            quote_id=form.get("quote_id", ""),
        )

    @property
    def contact(self) -> dict[str, JsonValue]:
        """The contact as bookings takes it."""
        return {"name": self.name, **({"phone": self.phone} if self.phone else {})}


async def show(request: web.Request) -> web.Response:
    """Show the plan with its price."""
    plan = read_plan(request)
    view = await look_at(request.app, plan, asking_as_anybody(request))
    checkout = Checkout(name=plan.contact_name or await _own_name(request, view))
    return await _answer(request, plan, view, checkout)


async def remove(request: web.Request) -> web.Response:
    """Take a line out of the plan."""
    plan = read_plan(request)
    write_plan(request, plan.without_line(request[FORM].get("line", "")))
    return go_to("/plan", said="removed")


async def order(request: web.Request) -> web.Response:
    """Book the whole plan at the price that was shown: all of its lines or none, and once."""
    form = request[FORM]
    plan = read_plan(request)
    if plan.ordered_id is not None and form.get("key") == plan.ordered_key:
        return go_to(f"/orders/{plan.ordered_id}", said="ordered")
    if not plan.lines:
        return go_to("/plan")
    checkout = Checkout.of(form)
    plan = plan.named(checkout.name[:LONGEST_NAME])
    write_plan(request, plan)
    try:
        by = asking(request)
    except NotSignedIn:
        return go_to("/login?next=/plan")
    checkout.errors = _check(request, plan, checkout)
    if checkout.errors:
        view = await look_at(request.app, plan, by)
        return await _answer(request, plan, view, checkout, status=UNPROCESSABLE)
    return await _place(request, by, plan, checkout)


async def _place(request: web.Request, by: Asking, plan: Plan, checkout: Checkout) -> web.Response:
    body: JsonValue = {
        "quote_id": checkout.quote_id,
        "contact": checkout.contact,
        "payment_method": checkout.method,
        "accepts_no_refund": checkout.accepts_no_refund,
    }
    try:
        placed = await _place_once(request.app, by, plan.key, body)
    except Unavailable:
        # It may have been booked: the same key and quote find out, so the page keeps both.
        checkout.errors = {"order": _text(request, "plan.error_unavailable")}
        view = await look_at(request.app, plan, by)
        return await _answer(request, plan, view, checkout, status=UNAVAILABLE)
    except ProblemAnswer as problem:
        if problem.code == "idempotency_key_reused":
            write_plan(request, Plan())
            return go_to("/me", said="ordered_before")
        return await _refused(request, plan, checkout, problem)
    write_plan(request, plan.ordered(placed.order_id))
    if placed.state == "held":
        return await begin_payment(request, by, placed.order_id, checkout.method)
    return go_to(f"/orders/{placed.order_id}", said="ordered")


async def _place_once(app: web.Application, by: Asking, key: str, body: JsonValue) -> Order:
    for _ in range(LOOKS_AGAIN):
        try:
            return await app[BOOKINGS].place_order(by, key, body)
        except ProblemAnswer as problem:
            if problem.code != IN_FLIGHT:
                raise
        await asyncio.sleep(LOOKS_EVERY_SECONDS)
    raise Unavailable


async def _refused(
    request: web.Request, plan: Plan, checkout: Checkout, problem: ProblemAnswer
) -> web.Response:
    """Say what was refused, at the line where it was one line's fault, with a new price."""
    words = words_of(problem)
    # The services may have changed what they said a moment ago.
    fresh = await look_at(request.app, plan, asking(request))
    lines = [stop.line for stop in fresh.stops]
    place = "contact_phone" if _is_about_phone(problem) else refusal_at(problem, lines)
    checkout.errors = {place: words}
    if place not in ("order", "contact_phone"):
        checkout.errors["order"] = _text(request, "plan.error_line")
    checkout.quote_id = ""
    return await _answer(request, plan, fresh, checkout, status=CONFLICT)


def _is_about_phone(problem: ProblemAnswer) -> bool:
    errors = problem.params.get("errors")
    return isinstance(errors, list) and any("/contact/phone" in str(error) for error in errors)


def _check(request: web.Request, plan: Plan, checkout: Checkout) -> dict[str, str]:
    form, errors = request[FORM], {}
    if not checkout.name:
        errors["contact_name"] = "plan.error_name"
    elif len(checkout.name) > LONGEST_NAME:
        errors["contact_name"] = "plan.error_name_long"
    if form.get("key") != plan.key:
        errors["order"] = "plan.error_changed"
    elif not checkout.quote_id or not checkout.method:
        errors["order"] = "plan.error_line"
    if form.get("needs_consent") and not checkout.accepts_no_refund:
        errors["accepts_no_refund"] = "plan.error_consent"
    return {place: _text(request, key) for place, key in errors.items()}


async def _answer(
    request: web.Request, plan: Plan, view: PlanView, checkout: Checkout, *, status: int = 200
) -> web.Response:
    methods = await ways_to_pay(request.app, view.quote.payment) if view.quote else []
    context = {
        "plan": plan,
        "view": view,
        "checkout": checkout,
        "errors": {**view.refusals, **checkout.errors},
        "methods": methods,
        # After a lost answer the same quote asks again; nothing was refused then.
        "quote_id": (checkout.quote_id if status == UNAVAILABLE else "")
        or (view.quote.quote_id if view.quote else ""),
    }
    return page(request, "plan.html", context, status=status, pays=True)


async def _own_name(request: web.Request, view: PlanView) -> str:
    """Return the visitor's own name to begin with; the form works without it."""
    viewer = request[VIEWER]
    if viewer is None or not view.stops:
        return ""
    try:
        return (await request.app[ACCOUNTS].me(viewer)).name or ""
    except (ProblemAnswer, Unavailable):
        return ""


def _text(request: web.Request, key: str) -> str:
    return request.app[CATALOGUE].text(key, request[LANGUAGE])

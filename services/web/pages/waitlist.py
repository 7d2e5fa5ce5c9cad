"""`/offerings/{id}/waitlist` and `/waitlist/{entry}`: waiting for what is full, and the offers."""

from typing import Final

from aiohttp import web
from pydantic import JsonValue

from services.web.browser.asking import asking
from services.web.browser.session import viewer_of
from services.web.choosing import Choice, days_of, party_for
from services.web.clients.venues import Offering
from services.web.domain.party import Party
from services.web.domain.plan import LONGEST_NAME
from services.web.keys import ACCOUNTS, FORM, LANGUAGE, VENUES, VIEWER, WAITLIST
from services.web.paths import path_id
from services.web.refusals import words_of
from services.web.rendering.answers import go_to, page
from shared.core.errors import Unavailable
from shared.core.ids import random_token
from shared.http.client import ProblemAnswer
from shared.http.keys import CATALOGUE, CLOCK

# Bookings takes as many dates of one party.
MOST_WISHES: Final = 10
UNPROCESSABLE: Final = 422


async def ask(request: web.Request) -> web.Response:
    """Ask for which full times the party would wait."""
    viewer_of(request)
    offering = await request.app[VENUES].offering(path_id(request, "offering_id"))
    party = party_for(offering, Party.read(request.query))
    return await _ask(request, offering, Choice.of(offering, dict(request.query), party), "")


async def join(request: web.Request) -> web.Response:
    """Join the list for the times that were ticked."""
    by, form = asking(request), request[FORM]
    offering = await request.app[VENUES].offering(path_id(request, "offering_id"))
    choice = Choice.of(offering, form, Party.typed(form))
    name = " ".join(form.get("contact_name", "").split())
    wishes = [value for field, value in sorted(form.items()) if field.startswith("wish_")]
    error = _missing(name, wishes)
    if error:
        words = request.app[CATALOGUE].text(error, request[LANGUAGE], most=MOST_WISHES)
        return await _ask(request, offering, choice, words, status=UNPROCESSABLE)
    tickets: dict[str, JsonValue] = dict(choice.party.tickets)
    body: JsonValue = {
        "offering_id": str(offering.offering_id),
        "tickets": tickets,
        **({"option": choice.option} if choice.option else {}),
        "wishes": [_wish(offering, choice, wish) for wish in wishes],
        "contact": {"name": name},
        "keep_waiting": form.get("keep_waiting") == "yes",
        "accepts_no_refund": form.get("accepts_no_refund") == "yes",
    }
    try:
        entry = await request.app[WAITLIST].join(by, form.get("key", ""), body)
    except ProblemAnswer as problem:
        return await _ask(request, offering, choice, words_of(problem), status=problem.status)
    return go_to(f"/waitlist/{entry.entry_id}", said="joined")


async def show(request: web.Request) -> web.Response:
    """Show where the party stands, why others came first, and what is offered."""
    entry = await request.app[WAITLIST].entry(asking(request), path_id(request, "entry_id"))
    return page(request, "waitlist_entry.html", {"entry": entry, "now": request.app[CLOCK].now()})


async def refuse(request: web.Request) -> web.Response:
    """Refuse what is offered."""
    entry_id = path_id(request, "entry_id")
    try:
        order_id = request[FORM].get("order_id", "")
        await request.app[WAITLIST].refuse(asking(request), entry_id, order_id)
    except ProblemAnswer as problem:
        # Meanwhile it was taken, or it is over: the page says how it stands.
        words_of(problem)
        return go_to(f"/waitlist/{entry_id}")
    return go_to(f"/waitlist/{entry_id}", said="offer_refused")


async def leave(request: web.Request) -> web.Response:
    """Leave the list."""
    entry_id = path_id(request, "entry_id")
    try:
        await request.app[WAITLIST].leave(asking(request), entry_id)
    except ProblemAnswer as problem:
        words_of(problem)
        return go_to(f"/waitlist/{entry_id}")
    return go_to(f"/waitlist/{entry_id}", said="left_list")


def _missing(name: str, wishes: list[str]) -> str:
    """Return the key of what is wrong with the form, or nothing."""
    if not wishes:
        return "waitlist.wish_missing"
    if len(wishes) > MOST_WISHES:
        return "waitlist.wishes_many"
    if not name:
        return "plan.error_name"
    return "plan.error_name_long" if len(name) > LONGEST_NAME else ""


def _wish(offering: Offering, choice: Choice, slot: str) -> JsonValue:
    if offering.kind == "stay":
        return {"date": slot[:10], "nights": choice.nights}
    return {"starts_at": slot}


async def _ask(
    request: web.Request, offering: Offering, choice: Choice, error: str, *, status: int = 200
) -> web.Response:
    days = await days_of(request, offering, choice)
    form = request.get(FORM, {})
    context = {
        "offering": offering,
        "choice": choice,
        "full": days.full,
        "ticked": {value for field, value in form.items() if field.startswith("wish_")}
        or {request.query.get("slot", "")},
        "name": form.get("contact_name", "") or await _own_name(request),
        "keep_waiting": not form or form.get("keep_waiting") == "yes",
        "key": random_token(16),
        "error": error,
        "query": request.query_string,
    }
    return page(request, "waitlist_join.html", context, status=status)


async def _own_name(request: web.Request) -> str:
    viewer = request[VIEWER]
    try:
        return ((await request.app[ACCOUNTS].me(viewer)).name if viewer else "") or ""
    except (ProblemAnswer, Unavailable):
        return ""

"""`/operator`: who arrives today at the operator's venues, and checking them in."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import web
from pydantic import JsonValue

from services.web.browser.session import operator_of
from services.web.clients.gate import Arrivals
from services.web.clients.seen import for_each
from services.web.clients.venues import Venue
from services.web.domain.day_chips import read_day
from services.web.keys import FORM, GATE, VENUES
from services.web.paths import read_id
from services.web.rendering.answers import go_to, page
from shared.core.clock import today
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK

SAID: Final = {
    "ticket_already_used": "already_in",
    "ticket_for_another_day": "another_day",
    "ticket_cancelled": "not_admitted",
}


@dataclass(frozen=True, slots=True)
class VenueDay:
    """One venue and who is expected there."""

    venue: Venue
    arrivals: Arrivals


async def show(request: web.Request) -> web.Response:
    """Show the arrivals of a day at all venues of the operator."""
    viewer = operator_of(request)
    now = today(request.app[CLOCK])
    day = read_day(request.query.get("date")) or now
    own = [
        venue
        for venue in await request.app[VENUES].venues(viewer=viewer)
        if venue.organisation_id in viewer.organisations
    ]

    async def ask(venue: Venue) -> VenueDay:
        return VenueDay(venue, await request.app[GATE].arrivals(viewer, venue.venue_id, day))

    days = await for_each(own, ask)
    context = {
        "days": days,
        "day_shown": day,
        "today": now,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "expected": sum(one.arrivals.expected for one in days),
        "arrived": sum(one.arrivals.arrived for one in days),
    }
    return page(request, "operator.html", context)


async def check_in(request: web.Request) -> web.Response:
    """Check one ticket of the list in; a party that is here on another day is let in knowingly."""
    viewer = operator_of(request)
    form = request[FORM]
    ordinal = form.get("ordinal", "")
    ticket: dict[str, JsonValue] = {
        "line_id": str(read_id(form.get("line_id", ""))),
        "ordinal": int(ordinal) if ordinal.isascii() and ordinal.isdigit() else 0,
    }
    said = "checked_in"
    try:
        await request.app[GATE].check_in(viewer, ticket, admit_on_another_day=False)
    except ProblemAnswer as problem:
        if problem.code not in SAID:
            raise
        said = SAID[problem.code]
    day = read_day(form.get("date"))
    query = "?" + urlencode({"date": day.isoformat()}) if day else ""
    return go_to(f"/operator{query}", said=said)

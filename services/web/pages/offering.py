"""`/offerings/{id}`: what you do, what it costs, when there is room; add it to the plan."""

from typing import Final

from aiohttp import web

from services.web.browser.plan_cookie import read_plan, write_plan
from services.web.choosing import Choice, chooser, days_of, find_room, party_for
from services.web.clients.venues import Offering
from services.web.domain.party import Party
from services.web.domain.plan import new_line
from services.web.domain.price_table import price_table
from services.web.keys import CLOSURES, FORM, VENUES, VIEWER
from services.web.paths import path_id
from services.web.rendering.answers import go_to, page
from shared.http.keys import CLOCK

UNPROCESSABLE: Final = 422


async def show(request: web.Request) -> web.Response:
    """Show an offering with its free times from a day on."""
    offering = await request.app[VENUES].offering(path_id(request, "offering_id"), request[VIEWER])
    party = party_for(offering, Party.read(request.query))
    return await _answer(request, offering, Choice.of(offering, dict(request.query), party))


async def add(request: web.Request) -> web.Response:
    """Add the offering to the plan, where the chosen time has room for the party."""
    form = request[FORM]
    offering = await request.app[VENUES].offering(path_id(request, "offering_id"), request[VIEWER])
    choice = Choice.of(offering, form, Party.typed(form))
    plan = read_plan(request)
    if plan.is_full:
        choice.errors["plan"] = "offering.plan_full"
    slot = await find_room(request.app, offering, choice)
    if slot is None:
        return await _answer(request, offering, choice, status=UNPROCESSABLE)
    nights = choice.nights if offering.kind == "stay" else 0
    line = new_line(offering.offering_id, slot.starts_at, nights, choice.party, choice.option)
    write_plan(request, plan.with_line(line))
    return go_to("/plan", said="added")


async def _answer(
    request: web.Request, offering: Offering, choice: Choice, *, status: int = 200
) -> web.Response:
    venue = await request.app[VENUES].venue(offering.venue_id)
    days = await days_of(request, offering, choice)
    closed = await request.app[CLOSURES].of_venue(offering.venue_id)
    codes = [option.code for option in offering.terms.options] if offering.kind == "stay" else []
    context = {
        **await chooser(request, offering, choice, days),
        "venue": venue,
        "closed": [one for one in closed if one.concerns(offering.offering_id, offering.kind)],
        "now": request.app[CLOCK].now(),
        "prices": price_table(offering.prices, codes),
        "seasons": [
            (season, price_table(offering.prices, codes, season.code))
            for season in offering.terms.seasons
            if any(price.season == season.code for price in offering.prices)
        ],
    }
    return page(request, "offering.html", context, status=status)

"""`/villages/{slug}`: a village's story, the way there, and all that can be booked."""

import asyncio

from aiohttp import web

from services.web.domain.day_chips import bookable_day, day_chips, default_day
from services.web.domain.party import Party
from services.web.keys import VENUES
from services.web.offers import rooms_on
from services.web.rendering.answers import page
from shared.core.clock import today
from shared.http.keys import CLOCK


async def show(request: web.Request) -> web.Response:
    """Show a village with its venues on a day."""
    now = today(request.app[CLOCK])
    slug = request.match_info["slug"]
    day = bookable_day(request.query.get("day"), now) or default_day(now)
    party = Party.read(request.query)
    village, venues = await asyncio.gather(
        request.app[VENUES].village(slug), request.app[VENUES].venues(village=slug)
    )
    rooms = await rooms_on(request.app, venues, day, party)
    return page(
        request,
        "village.html",
        {
            "village": village,
            "rooms": rooms,
            "day_shown": day,
            "party": party,
            "chips": day_chips(now),
        },
    )

"""`/venues/{id}`: a venue and what can be booked there."""

from aiohttp import web

from services.web.domain.day_chips import bookable_day, day_chips, default_day
from services.web.domain.party import Party
from services.web.keys import VENUES, VIEWER
from services.web.offers import rooms_on
from services.web.paths import path_id
from services.web.rendering.answers import page
from shared.core.clock import today
from shared.http.keys import CLOCK


async def show(request: web.Request) -> web.Response:
    """Show a venue with its offerings on a day."""
    now = today(request.app[CLOCK])
    day = bookable_day(request.query.get("day"), now) or default_day(now)
    party = Party.read(request.query)
    venue = await request.app[VENUES].venue(path_id(request, "venue_id"), request[VIEWER])
    [room] = await rooms_on(request.app, [venue], day, party)
    return page(
        request,
        "venue.html",
        {"venue": venue, "room": room, "day_shown": day, "party": party, "chips": day_chips(now)},
    )

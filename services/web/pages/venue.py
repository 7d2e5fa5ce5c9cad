"""`/venues/{id}`: a venue and what can be booked there."""

import asyncio
from typing import Final
from uuid import UUID

from aiohttp import web

from services.web.clients.reviews import Reviews
from services.web.domain.day_chips import bookable_day, day_chips, default_day
from services.web.domain.party import Party
from services.web.keys import CLOSURES, REVIEWS, VENUES, VIEWER
from services.web.offers import rooms_on
from services.web.paths import path_id
from services.web.rendering.answers import page
from shared.core.clock import today
from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK

LONGEST_CURSOR: Final = 400


async def show(request: web.Request) -> web.Response:
    """Show a venue with its offerings on a day."""
    now = today(request.app[CLOCK])
    day = bookable_day(request.query.get("day"), now) or default_day(now)
    party = Party.read(request.query)
    venue = await request.app[VENUES].venue(path_id(request, "venue_id"), request[VIEWER])
    [room], reviews, closed = await asyncio.gather(
        rooms_on(request.app, [venue], day, party),
        _reviews(request, venue.venue_id),
        request.app[CLOSURES].of_venue(venue.venue_id),
    )
    return page(
        request,
        "venue.html",
        {
            "venue": venue,
            "room": room,
            "day_shown": day,
            "party": party,
            "chips": day_chips(now),
            "reviews": reviews,
            "closed": [
                time
                for time in closed
                if any(time.concerns(one.offering_id, one.kind) for one in venue.offerings)
            ],
            "now": request.app[CLOCK].now(),
        },
    )


async def _reviews(request: web.Request, venue_id: UUID) -> Reviews:
    """Return what visitors say; a page without that is still good for booking."""
    cursor = request.query.get("reviews", "")[:LONGEST_CURSOR] or None
    try:
        return await request.app[REVIEWS].of_venue(venue_id, cursor)
    except (ProblemAnswer, Unavailable):
        return Reviews()

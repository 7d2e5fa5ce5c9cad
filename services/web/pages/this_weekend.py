"""`/`: what is on this weekend, with the places that are really left for this party."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from services.web.domain.day_chips import HORIZON, bookable_day, day_chips, default_day
from services.web.domain.party import Party
from services.web.keys import VENUES
from services.web.offers import quiet_villages, rooms_on
from services.web.rendering.answers import page
from shared.core.clock import today
from shared.http.keys import CLOCK

KINDS: Final = ("stay", "session", "table", "entry")
LONGEST_SEARCH: Final = 60


@dataclass(frozen=True, slots=True)
class Search:
    """What the visitor is looking for."""

    day: date
    party: Party
    kind: str | None
    words: str

    def link(self, **changes: str | None) -> str:
        """Return the address of the same search with something changed; None leaves it out."""
        query = {
            "day": self.day.isoformat(),
            **self.party.query,
            "kind": self.kind,
            "q": self.words or None,
            **changes,
        }
        return "/?" + urlencode({name: value for name, value in query.items() if value})


async def show(request: web.Request) -> web.Response:
    """Show the venues of all villages for a day, a party and a kind."""
    now = today(request.app[CLOCK])
    query = request.query
    kind = query.get("kind")
    search = Search(
        day=bookable_day(query.get("day"), now) or default_day(now),
        party=Party.read(query),
        kind=kind if kind in KINDS else None,
        words=query.get("q", "").strip()[:LONGEST_SEARCH],
    )
    venues_client = request.app[VENUES]
    villages, venues = await asyncio.gather(
        venues_client.villages(),
        venues_client.venues(kind=search.kind, day=search.day, words=search.words or None),
    )
    rooms = await rooms_on(request.app, venues, search.day, search.party, search.kind)
    return page(
        request,
        "this_weekend.html",
        {
            "search": search,
            "chips": day_chips(now),
            "first_day": now,
            "last_day": now + HORIZON,
            "rooms": rooms,
            "villages": villages,
            "quiet": quiet_villages(rooms, villages),
        },
    )

"""`/`: what is on this weekend, with the places that are really left for this party."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from services.web.clients.search import FoundVenues, SearchClient, Wanted
from services.web.clients.venues import Venue
from services.web.domain.day_chips import HORIZON, bookable_day, day_chips, default_day
from services.web.domain.party import Party
from services.web.keys import SEARCH, VENUES
from services.web.offers import quiet_villages, rooms_on
from services.web.rendering.answers import page
from shared.core.clock import today
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK

KINDS: Final = ("session", "stay", "table", "entry")
# The most that somebody wants to pay: yuan.
PRICES: Final = (0, 50, 100, 200, 500)
FEN: Final = 100
LONGEST_SEARCH: Final = 60
LONGEST_SLUG: Final = 60
LONGEST_CURSOR: Final = 512
# Venues without room for the party that are shown behind those that have it.
MOST_FULL: Final = 12


@dataclass(frozen=True, slots=True)
class Search:
    """What the visitor is looking for."""

    day: date
    party: Party
    kind: str | None
    village: str | None
    price: int | None
    words: str
    cursor: str | None

    def link(self, **changes: str | None) -> str:
        """Return the address of the same search with something changed; None leaves it out.

        It begins with the first page, unless `after` names another one.
        """
        query = {
            "day": self.day.isoformat(),
            **self.party.query,
            "kind": self.kind,
            "village": self.village,
            "price": None if self.price is None else str(self.price),
            "q": self.words or None,
            **changes,
        }
        return "/?" + urlencode({name: value for name, value in query.items() if value})

    def wanted(self, *, fitting: bool) -> Wanted:
        """Return what to ask for: what fits the party, or all that takes place that day."""
        return Wanted(
            day=self.day,
            party=self.party.persons if fitting else None,
            kind=self.kind,
            village=self.village,
            price_most_fen=None if self.price is None else self.price * FEN,
            words=self.words or None,
            cursor=self.cursor if fitting else None,
        )


async def show(request: web.Request) -> web.Response:
    """Show the venues that fit, the best first; behind them those that are full."""
    now = today(request.app[CLOCK])
    search = _read(request, now)
    client = request.app[SEARCH]
    villages, found = await asyncio.gather(
        request.app[VENUES].villages(), _find(client, search.wanted(fitting=True))
    )
    venues = [*found.items, *await _full(client, search, found)]
    rooms = await rooms_on(request.app, venues, search.day, search.party, search.kind)
    return page(
        request,
        "this_weekend.html",
        {
            "search": search,
            "found": found,
            "kinds": KINDS,
            "prices": PRICES,
            "chips": day_chips(now),
            "first_day": now,
            "last_day": now + HORIZON,
            "rooms": rooms,
            "villages": villages,
            "quiet": quiet_villages(rooms, villages),
        },
    )


def _read(request: web.Request, now: date) -> Search:
    query = request.query
    kind, village, price = query.get("kind"), query.get("village", ""), query.get("price", "")
    return Search(
        day=bookable_day(query.get("day"), now) or default_day(now),
        party=Party.read(query),
        kind=kind if kind in KINDS else None,
        village=village if 0 < len(village) <= LONGEST_SLUG else None,
        price=next((one for one in PRICES if str(one) == price), None),
        words=query.get("q", "").strip()[:LONGEST_SEARCH],
        cursor=query.get("after", "")[:LONGEST_CURSOR] or None,
    )


async def _find(client: SearchClient, wanted: Wanted) -> FoundVenues:
    """Return what fits; from the beginning where the page that was asked for is none of ours."""
    try:
        return await client.find(wanted)
    except ProblemAnswer as problem:
        if wanted.cursor is None or problem.code != "invalid_request":
            raise
        return await client.find(wanted.from_the_start())


async def _full(client: SearchClient, search: Search, found: FoundVenues) -> list[Venue]:
    """Return what takes place that day without room for the party, behind the last that fits."""
    if found.next is not None:
        return []
    takes_place = await client.find(search.wanted(fitting=False))
    fitting = {venue.venue_id for venue in found.items}
    others = [venue for venue in takes_place.items if venue.venue_id not in fitting]
    return others[:MOST_FULL]

"""Search of the venues service: what fits, what else there is to choose, where it is quieter."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Self

from services.web.clients.seen import Seen
from services.web.clients.venues import Venue, VenueVillage
from shared.http.client import Parameters, ServiceClient
from shared.http.known_answers import KnownAnswers

PAGE: Final = 24


class KindCount(Seen):
    """How many venues have something of a kind."""

    kind: str
    venues: int


class VillageCount(Seen):
    """How many venues are in a village."""

    village: VenueVillage
    venues: int


class PriceCount(Seen):
    """How many venues have their lowest price between two prices."""

    least_fen: int
    most_fen: int | None = None
    venues: int


class Facets(Seen):
    """What each further choice would leave."""

    kinds: tuple[KindCount, ...] = ()
    villages: tuple[VillageCount, ...] = ()
    prices: tuple[PriceCount, ...] = ()

    def of_kind(self, kind: str) -> int:
        """Return how many venues have something of a kind."""
        return next((one.venues for one in self.kinds if one.kind == kind), 0)

    def in_village(self, slug: str) -> int:
        """Return how many venues are in a village."""
        return next((one.venues for one in self.villages if one.village.slug == slug), 0)

    def up_to(self, fen: int) -> int:
        """Return how many venues cost at most so much."""
        return sum(
            one.venues for one in self.prices if one.most_fen is not None and one.most_fen <= fen
        )


class LedElsewhere(Seen):
    """A village that is nearly full on a day, and neighbours that are not."""

    village: VenueVillage
    day: date
    crowding: str
    neighbours: tuple[VenueVillage, ...] = ()


class FoundVenues(Seen):
    """A page of venues, the best first."""

    items: tuple[Venue, ...] = ()
    next: str | None = None
    total: int = 0
    match: str | None = None
    facets: Facets = Facets()
    led_elsewhere: tuple[LedElsewhere, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; without a party also what is full."""

    day: date
    party: int | None
    kind: str | None
    village: str | None
    price_most_fen: int | None
    words: str | None
    cursor: str | None = None

    def from_the_start(self) -> Self:
        """Return the same, from the first page on."""
        return replace(self, cursor=None)


class SearchClient:
    """Asks for venues without a token, so that the answer is everybody's."""

    def __init__(self, client: ServiceClient) -> None:
        self._found = KnownAnswers(client, "/v1/venues", FoundVenues)

    async def find(self, wanted: Wanted) -> FoundVenues:
        """Return a page of what fits. Raises ProblemAnswer or Unavailable."""
        params: Parameters = {
            "date": wanted.day,
            "party": wanted.party,
            "kind": wanted.kind,
            "village": wanted.village,
            "price_most_fen": wanted.price_most_fen,
            "q": wanted.words,
            "cursor": wanted.cursor,
            "limit": PAGE,
        }
        return await self._found.get(params)

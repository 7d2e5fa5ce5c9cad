"""The venues service: villages, venues, offerings."""

from datetime import date
from typing import Final
from uuid import UUID

from yarl import URL

from services.web.clients.photos import Photo
from services.web.clients.reviews import Rating
from services.web.clients.seen import Nothing, Seen, Words
from services.web.clients.terms import Terms
from services.web.domain.party import AGES
from services.web.domain.viewer import Viewer
from shared.http.client import Options, Parameters, ProblemAnswer, ServiceClient
from shared.http.known_answers import KnownAnswers

PAGE: Final = 100
MOST_PAGES: Final = 5


class Location(Seen):
    """A point on the map."""

    lat: float
    lon: float


class Village(Seen):
    """A village and its story."""

    village_id: UUID
    slug: str
    name: Words
    subdistrict: Words | None = None
    story: Words
    how_to_get_there: Words
    location: Location | None = None
    day_capacity: int | None = None


class Villages(Seen):
    """All villages."""

    items: tuple[Village, ...] = ()


class Price(Seen):
    """The price of one ticket of a type; for a stay, of one pitch and night.

    With a `day_type`, an `option` or a `season` it holds for those only.
    """

    ticket_type: str
    fen: int
    day_type: str | None = None
    option: str | None = None
    season: str | None = None


class Offering(Seen):
    """What can be booked at a venue."""

    offering_id: UUID
    venue_id: UUID
    village_id: UUID
    slug: str = ""
    kind: str
    name: Words
    description: Words
    prices: tuple[Price, ...] = ()
    price_from_fen: int | None = None
    payment: str = "on_site"
    persons_per_unit: int | None = None
    duration_minutes: int | None = None
    terms: Terms = Terms()
    on_sale: bool = True
    held_back: bool = False

    @property
    def ages(self) -> list[str]:
        """The ages that people can be booked in; a pitch or a table is for any age."""
        sold = {price.ticket_type for price in self.prices}
        return [age for age in AGES if sold & {age, "pitch", "table"}]

    @property
    def is_all_day(self) -> bool:
        """Whether one comes when one likes, within the hours of the day."""
        return self.kind == "entry" and self.duration_minutes is None

    def sells_to(self, age: str) -> bool:
        """Tell whether people of this age have a ticket."""
        return age in self.ages

    @property
    def from_fen(self) -> int:
        """The lowest price that somebody pays."""
        if self.price_from_fen is not None:
            return self.price_from_fen
        return min((price.fen for price in self.prices), default=0)


class VenueVillage(Seen):
    """The village that a venue is in."""

    village_id: UUID
    slug: str
    name: Words


class Venue(Seen):
    """A place run by one operator."""

    venue_id: UUID
    organisation_id: UUID
    village: VenueVillage
    slug: str
    name: Words
    summary: Words
    description: Words
    address: Words
    day_capacity: int | None = None
    state: str = "published"
    kinds: tuple[str, ...] = ()
    offerings: tuple[Offering, ...] = ()
    photos: tuple[Photo, ...] = ()
    rating: Rating | None = None
    version: int = 1

    @property
    def on_sale(self) -> tuple[Offering, ...]:
        """The offerings that can be booked."""
        return tuple(offering for offering in self.offerings if offering.on_sale)


class Venues(Seen):
    """One page of venues."""

    items: tuple[Venue, ...] = ()
    next: str | None = None


class Decision(Seen):
    """What was decided about a venue."""

    decision: str
    reason: str | None = None


class Decisions(Seen):
    """Decisions, the latest first."""

    items: tuple[Decision, ...] = ()


class MissingYear(Seen):
    """A year that nobody has entered, and how many offerings wait for it already."""

    year: int
    waiting: int = 0


class Calendars(Seen):
    """The years that the office has to enter."""

    missing: tuple[MissingYear, ...] = ()


class VenuesClient:
    """What the pages ask of venues. Calls raise ProblemAnswer or Unavailable."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client
        self._villages = KnownAnswers(client, "/v1/villages", Villages)

    async def villages(self) -> tuple[Village, ...]:
        """Return all villages."""
        return (await self._villages.get({})).items

    async def village(self, slug: str) -> Village:
        """Return a village by its slug."""
        return await self._client.get(str(URL("/v1/villages") / slug), Village)

    async def venues(
        self,
        *,
        kind: str | None = None,
        village: str | None = None,
        day: date | None = None,
        words: str | None = None,
        state: str | None = None,
        organisation: UUID | None = None,
        viewer: Viewer | None = None,
    ) -> list[Venue]:
        """Return the venues that fit, of all pages (500 at most)."""
        found: list[Venue] = []
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            params: Parameters = {
                "kind": kind,
                "village": village,
                "date": day,
                "q": words,
                "state": state,
                "organisation": organisation,
                "cursor": cursor,
                "limit": PAGE,
            }
            token = viewer.access_token if viewer else None
            page = await self._client.get("/v1/venues", Venues, params=params, token=token)
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        return found

    async def venue(self, venue_id: UUID, viewer: Viewer | None = None) -> Venue:
        """Return a venue; one that is not public yet only to its operator and the office."""
        token = viewer.access_token if viewer else None
        return await self._client.get(f"/v1/venues/{venue_id}", Venue, token=token)

    async def offering(self, offering_id: UUID, viewer: Viewer | None = None) -> Offering:
        """Return an offering; one that is not public yet only to its operator and the office."""
        token = viewer.access_token if viewer else None
        return await self._client.get(f"/v1/offerings/{offering_id}", Offering, token=token)

    async def knows_year(self, year: int) -> bool:
        """Tell whether the days of a year are decreed; in others nothing is sold."""
        try:
            await self._client.get("/v1/calendar", Nothing, params={"year": year})
        except ProblemAnswer as problem:
            if problem.code == "calendar_year_unknown":
                return False
            raise
        return True

    async def awaited_years(self) -> list[MissingYear]:
        """Return the years without which offerings have no more slots."""
        calendars = await self._client.get("/v1/calendars", Calendars)
        return [year for year in calendars.missing if year.waiting]

    async def rejection_reason(self, viewer: Viewer, venue_id: UUID) -> str:
        """Return why a venue was sent back the last time."""
        path = f"/v1/venues/{venue_id}/decisions"
        decisions = await self._client.get(path, Decisions, token=viewer.access_token)
        return next((one.reason for one in decisions.items if one.reason), "")

    async def submit(self, viewer: Viewer, venue_id: UUID, version: int) -> None:
        """Hand a venue to the tourism office, as it was seen."""
        options: Options = {"token": viewer.access_token, "if_match": version}
        await self._client.post(f"/v1/venues/{venue_id}/submissions", Nothing, **options)

    async def approve(self, viewer: Viewer, venue_id: UUID, version: int) -> None:
        """Publish a venue, as it was seen: what changed meanwhile is refused."""
        options: Options = {"token": viewer.access_token, "if_match": version}
        await self._client.post(f"/v1/venues/{venue_id}/approvals", Nothing, **options)

    async def reject(self, viewer: Viewer, venue_id: UUID, version: int, reason: str) -> None:
        """Send a venue back to its operator."""
        options: Options = {
            "json": {"reason": reason},
            "token": viewer.access_token,
            "if_match": version,
        }
        await self._client.post(f"/v1/venues/{venue_id}/rejections", Nothing, **options)

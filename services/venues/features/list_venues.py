"""Find venues: what visitors choose from, what an operator has, what waits for the office."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.venues.caching import readable
from services.venues.closures.showing import closed_ranges
from services.venues.domain.life import STATES, State
from services.venues.domain.search_query import read_query
from services.venues.fields import DEAREST_FEN, SlugOrId
from services.venues.searching.answering import FoundPage, facets_of, found_venue, led_elsewhere
from services.venues.searching.asking import USUAL_DAYS, Asked, sight_of
from services.venues.searching.finding import find
from services.venues.searching.lexicon import lexicon
from services.venues.searching.paging import page_after, position_of
from services.venues.views import as_seen_by, venue_views
from shared.contracts.terms import OfferingKind
from shared.core.clock import local_day
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import CATALOGUE, CLOCK, DATABASE
from shared.http.models import Day, Query
from shared.http.paging import Cursor, Limit
from shared.http.route import route

StateFilter = Literal[State, "any"]

MOST_DAYS: Final = 14

_POINT: Final = r"^-?\d{1,2}(\.\d{1,6})?,-?\d{1,3}(\.\d{1,6})?$"


class VenuesQuery(Query):
    """Which venues; all that is given must hold, for one and the same offering."""

    q: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            description="Words of its texts: Chinese, pinyin, initials, English, nearly so too.",
        ),
    ] = None
    date: tuple[Day, ...] = Field(
        (),
        max_length=MOST_DAYS,
        description="It takes place that day and can be booked now; repeat it for several.",
    )
    first_day: Day | None = Field(None, alias="from", description="Or any day from here on …")
    last_day: Day | None = Field(None, alias="until", description="… to here.")
    party: Annotated[
        int | None,
        Field(ge=1, le=1000, description="It has places for so many that day, or this week."),
    ] = None
    kind: OfferingKind | None = Field(None, description="It has an offering of this kind.")
    village: SlugOrId | None = None
    price_most_fen: Annotated[
        int | None, Field(ge=0, le=DEAREST_FEN, description="`price_from_fen` is no higher.")
    ] = None
    near: Annotated[
        str | None,
        Field(pattern=_POINT, description="A point as `lat,lon`: the nearer, the better."),
    ] = None
    within_km: Annotated[
        int, Field(ge=1, le=100, description="How far from `near` its village is at most.")
    ] = 20
    organisation: UUID | None = None
    state: tuple[StateFilter, ...] = Field(
        ("published",), max_length=7, description="Repeat it for several; `any` is all of them."
    )
    cursor: Cursor | None = None
    limit: Limit = 20

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.first_day is None) != (self.last_day is None):
            raise PydanticCustomError("days_unbounded", "`from` and `until` go together")
        if self.first_day and self.last_day:
            if self.last_day < self.first_day:
                raise PydanticCustomError("ends_before_start", "`until` is before `from`")
            if self.last_day - self.first_day >= timedelta(days=MOST_DAYS):
                most = {"max_length": MOST_DAYS}
                raise PydanticCustomError("too_many_days", "too many days", most)
        return self


@route("GET", "/v1/venues", access=may("public.read"), kept=True)
async def list_venues(
    request: web.Request, caller: Caller | None, query: VenuesQuery
) -> FoundPage | web.Response:
    """Find venues that fit and have places, the best first; `reasons` say why.

    Whether there are places is what bookings told last: it may be a moment old, and what was never
    told counts as all that was published. A table is free for the usual time of its party. What
    begins too soon for its lead time or lies beyond its horizon is not found; a stay is found on
    days on which one may arrive, where the least of its nights has room from there. Where a village
    is crowded or full on an asked day, `led_elsewhere` names quieter neighbours. Without anything
    asked for, venues stand in the order in which they were created.

    Without `state`, published ones. In other states the office sees all venues, operators see
    those of their organisations, and everybody else sees none.
    """
    position = position_of(query.cursor)
    asked = _asked(caller, query, request.app[CLOCK].now())
    texts = request.app[CATALOGUE]
    async with acquire(request.app[DATABASE]) as conn:
        found = await find(conn, asked, position.mode if position else None)
        shown, following = page_after(found, position, query.limit)
        views = await venue_views(conn, [one.candidate.venue_id for one in shown])
        villages_of = {view.venue_id: view.village.village_id for view in views}
        closed = await closed_ranges(conn, villages_of, asked.now)
    reasons = {one.candidate.venue_id: one for one in shown}
    page = FoundPage.model_construct(
        items=[
            found_venue(
                as_seen_by(caller, view), reasons[view.venue_id], closed[view.venue_id], texts
            )
            for view in views
        ],
        next=following,
        total=len(found.venues),
        match=found.mode,
        facets=facets_of(found),
        led_elsewhere=led_elsewhere(asked, found),
    )
    return page if caller is None else readable(request, caller, page)


def _asked(caller: Caller | None, query: VenuesQuery, now: datetime) -> Asked:
    states = STATES if "any" in query.state else tuple(s for s in query.state if s != "any")
    words = (query.q or "").strip()
    return Asked(
        sight=sight_of(caller, states, query.organisation),
        now=now,
        days=_days(query, now),
        party=query.party,
        kind=query.kind,
        village=query.village,
        price_most_fen=query.price_most_fen,
        near=_point(query.near),
        within_km=query.within_km,
        words=words or None,
        query=read_query(words, lexicon().asked),
    )


def _days(query: VenuesQuery, now: datetime) -> tuple[date, ...]:
    """Return the asked days in their order; a party without days may come within the week."""
    days = set(query.date)
    if query.first_day and query.last_day:
        days |= set(_between(query.first_day, (query.last_day - query.first_day).days + 1))
    if not days and query.party is not None:
        days = set(_between(local_day(now), USUAL_DAYS))
    return tuple(sorted(days))


def _between(first: date, number: int) -> list[date]:
    return [first + timedelta(days=more) for more in range(number)]


def _point(near: str | None) -> tuple[float, float] | None:
    if near is None:
        return None
    latitude, _, longitude = near.partition(",")
    return (float(latitude), float(longitude))

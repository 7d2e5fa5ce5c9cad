"""What search answers: venues and why they stand where they do, what else there is to choose."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Final
from uuid import UUID

from services.venues.closures.showing import ClosedRange
from services.venues.domain.facets import PRICE_BANDS
from services.venues.domain.ranking import Ranked, ReasonCode
from services.venues.domain.search_query import Mode
from services.venues.domain.steering import Crowding
from services.venues.searching.asking import Asked
from services.venues.searching.finding import Found
from services.venues.searching.places import Place
from services.venues.views import VenueView, VillageOfVenue
from shared.contracts.terms import OfferingKind
from shared.core.localized import LocalizedText
from shared.core.texts import Catalogue
from shared.http.models import Page, Reply

# Villages and days for which an answer names quieter neighbours.
MOST_LED_ELSEWHERE: Final = 20


class ShownReason(Reply):
    """Why a venue stands where it does: a code, its points, and a text for people."""

    code: ReasonCode
    points: int
    text: LocalizedText


class FoundVenue(VenueView):
    """A venue that fits. `score` is the sum of its reasons' points.

    `days` are those of the asked days on which it takes place, and has places for the party;
    `closed` are the times in which something of it is shut, and why.
    """

    score: int
    reasons: tuple[ShownReason, ...]
    days: tuple[date, ...]
    distance_km: float | None
    closed: tuple[ClosedRange, ...]


class KindCount(Reply):
    """How many venues have an offering of a kind."""

    kind: OfferingKind
    venues: int


class VillageCount(Reply):
    """How many venues are in a village."""

    village: VillageOfVenue
    venues: int


class PriceCount(Reply):
    """How many venues have their lowest `price_from_fen` between two prices, both included."""

    least_fen: int
    most_fen: int | None
    venues: int


class Facets(Reply):
    """What each further choice would leave, under all other choices."""

    kinds: tuple[KindCount, ...]
    villages: tuple[VillageCount, ...]
    prices: tuple[PriceCount, ...]


class QuieterVillage(VillageOfVenue):
    """A village to go to instead."""

    crowding: Crowding


class LedElsewhere(Reply):
    """A village that is crowded or full on a day, and its neighbours that are not."""

    village: VillageOfVenue
    day: date
    crowding: Crowding
    neighbours: tuple[QuieterVillage, ...]


class FoundPage(Page[FoundVenue]):
    """A page of venues.

    `match` says how the words were found: `all` of them, `similar` where some are misspelt, or
    only `some` of them.
    """

    total: int
    match: Mode | None
    facets: Facets
    led_elsewhere: tuple[LedElsewhere, ...]


def found_venue(
    view: VenueView, ranked: Ranked, closed: Sequence[ClosedRange], texts: Catalogue
) -> FoundVenue:
    """Return a venue as search shows it."""
    km = ranked.candidate.distance_km
    return FoundVenue.model_construct(
        **dict(view),
        score=ranked.score,
        reasons=tuple(
            ShownReason.model_construct(
                code=reason.code, points=reason.points, text=_reason_text(texts, reason.code)
            )
            for reason in ranked.reasons
        ),
        days=ranked.candidate.days,
        distance_km=None if km is None else round(km, 1),
        closed=tuple(closed),
    )


@cache
def _reason_text(texts: Catalogue, code: ReasonCode) -> LocalizedText:
    return texts.both(f"search.reason.{code}")


def facets_of(found: Found) -> Facets:
    """Return the further choices, each in its own order: kinds and villages by their numbers."""
    counts = found.counts
    return Facets(
        kinds=tuple(
            KindCount(kind=kind, venues=number)
            for kind, number in sorted(counts.kinds.items(), key=lambda one: (-one[1], one[0]))
        ),
        villages=tuple(
            VillageCount(village=_village(found.places[village_id]), venues=number)
            for village_id, number in sorted(
                counts.villages.items(), key=lambda one: (-one[1], one[0])
            )
        ),
        prices=tuple(
            PriceCount(least_fen=least, most_fen=most, venues=counts.bands[place])
            for place, (least, most) in enumerate(PRICE_BANDS)
            if counts.bands[place]
        ),
    )


def led_elsewhere(asked: Asked, found: Found) -> tuple[LedElsewhere, ...]:
    """Return where visitors are led to: away from villages that are crowded or full on a day."""
    return tuple(
        LedElsewhere(
            village=_village(place),
            day=day,
            crowding=place.days[day].crowding,
            neighbours=_quieter(place.neighbours, day, found.places),
        )
        for village_id in found.villages_asked
        for place in (found.places[village_id],)
        for day in asked.days
        if place.days[day].crowding in {"crowded", "full"}
    )[:MOST_LED_ELSEWHERE]


def _quieter(
    neighbours: Sequence[UUID], day: date, places: dict[UUID, Place]
) -> tuple[QuieterVillage, ...]:
    return tuple(
        QuieterVillage(
            village_id=place.village_id,
            slug=place.slug,
            name=place.name,
            crowding=place.days[day].crowding,
        )
        for place in (places[neighbour] for neighbour in neighbours)
        if place.days[day].crowding in {"quiet", "busy"}
    )


def _village(place: Place) -> VillageOfVenue:
    return VillageOfVenue(village_id=place.village_id, slug=place.slug, name=place.name)

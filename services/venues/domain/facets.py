"""How many venues each further choice would leave, under all other choices."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from shared.contracts.terms import OfferingKind

# Lowest prices in fen, both ends included; the last band has no end.
PRICE_BANDS: Final[tuple[tuple[int, int | None], ...]] = (
    (0, 0),
    (1, 5_000),
    (5_001, 10_000),
    (10_001, 20_000),
    (20_001, 50_000),
    (50_001, None),
)


class Choice(NamedTuple):
    """One offering that fits all that is not counted here, and which of the choices it fits."""

    venue_id: UUID
    village_id: UUID
    kind: OfferingKind | None
    price_fen: int | None
    fits_kind: bool
    fits_village: bool
    fits_price: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """Venues by kind, by village, and by the band of their lowest price."""

    kinds: Counter[OfferingKind]
    villages: Counter[UUID]
    bands: Counter[int]


def count_choices(choices: Iterable[Choice]) -> Counts:
    """Count venues, each once for every kind that it has and in one band of prices."""
    kinds: set[tuple[OfferingKind, UUID]] = set()
    villages: set[tuple[UUID, UUID]] = set()
    prices: dict[UUID, list[int]] = defaultdict(list)
    for one in choices:
        if one.kind is not None and one.fits_village and one.fits_price:
            kinds.add((one.kind, one.venue_id))
        if one.fits_kind and one.fits_price:
            villages.add((one.village_id, one.venue_id))
        if one.price_fen is not None and one.fits_kind and one.fits_village:
            prices[one.venue_id].append(one.price_fen)
    return Counts(
        Counter(kind for kind, _ in kinds),
        Counter(village_id for village_id, _ in villages),
        Counter(band_of(min(found)) for found in prices.values()),
    )


def band_of(price_fen: int) -> int:
    """Return the place of the band that a price is in."""
    return next(
        place for place, (_, last) in enumerate(PRICE_BANDS) if last is None or price_fen <= last
    )

"""In which order found venues are shown, and why: points that add up, each with its reason.

What was asked for comes first: the very name, a word of the name, an offering, the village, the
other texts, what the words mean, what sounds or looks alike. Of what fits alike, the nearer one
comes first, then the one that is open, or has places, on more of the asked days. Quiet villages
get their share: the points of a quiet village outweigh one step of fitting, so that of similar
places those in villages below their warning come before those where visitors are led elsewhere.
They are those of its days, evenly: of the days on which the venue was found, or of the coming week
where no day was asked for. But who asks for a venue by its name finds it first wherever it is.
Nothing else counts: no payment, no profile of who asks (docs/domain.md rules 3 and 14). Venues with
equal points stand in the order in which they were created, so that the order is the same for
everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal
from uuid import UUID

from services.venues.domain.steering import Crowding

Fit = Literal["exact_name", "name", "offering", "village", "text", "meaning", "similar", "some"]
ReasonCode = Literal[
    "exact_name", "name", "offering", "village", "text", "meaning", "similar", "some",
    "near", "places", "open", "quiet_village", "busy_village", "crowded_village",
]  # fmt: skip

FIT_POINTS: Final = MappingProxyType[Fit, int](
    {
        "exact_name": 120,
        "name": 60,
        "offering": 50,
        "village": 40,
        "text": 30,
        "meaning": 20,
        "similar": 10,
        "some": 0,
    }
)
NEAR_POINTS: Final = 20
DAYS_POINTS: Final = 10
CROWDING_POINTS: Final = MappingProxyType[Crowding, int](
    {"quiet": 30, "busy": 15, "crowded": 0, "full": 0}
)
_CROWDING_REASONS: Final = MappingProxyType[Crowding, ReasonCode](
    {
        "quiet": "quiet_village",
        "busy": "busy_village",
        "crowded": "crowded_village",
        "full": "crowded_village",
    }
)
# From the least crowded to the most.
_CROWDINGS: Final[Sequence[Crowding]] = ("quiet", "busy", "crowded", "full")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a venue stands where it does, and how many points that is."""

    code: ReasonCode
    points: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A venue that fits, and what speaks for it.

    `fit` is None where no words were asked for, `distance_km` and `within_km` where no place was;
    `asked_days` is 0 where no day was, `has_places` tells that a party was. `crowdings` are those
    of its village on `days`, or in the coming week where no day was asked for.
    """

    venue_id: UUID
    fit: Fit | None = None
    distance_km: float | None = None
    within_km: float | None = None
    asked_days: int = 0
    has_places: bool = False
    days: tuple[date, ...] = ()
    crowdings: tuple[Crowding, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """A venue with its points. Venues are shown by `key`, the smallest first."""

    candidate: Candidate
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        """All points."""
        return sum(reason.points for reason in self.reasons)

    @property
    def key(self) -> tuple[int, UUID]:
        """Where it stands, on whichever page that is."""
        return (-self.score, self.candidate.venue_id)


def ranked(candidates: Sequence[Candidate]) -> list[Ranked]:
    """Return venues in the order in which they are shown."""
    return sorted(
        (Ranked(candidate, reasons_for(candidate)) for candidate in candidates),
        key=lambda one: one.key,
    )


def reasons_for(candidate: Candidate) -> tuple[Reason, ...]:
    """Return what speaks for a venue."""
    found: list[Reason] = []
    if candidate.fit is not None:
        found.append(Reason(candidate.fit, FIT_POINTS[candidate.fit]))
    if candidate.distance_km is not None and candidate.within_km:
        share = max(1 - candidate.distance_km / candidate.within_km, 0)
        found.append(Reason("near", round(NEAR_POINTS * share)))
    if candidate.asked_days:
        share = len(candidate.days) / candidate.asked_days
        code: ReasonCode = "places" if candidate.has_places else "open"
        found.append(Reason(code, round(DAYS_POINTS * share)))
    if candidate.crowdings:
        found.append(_of_village(candidate.crowdings))
    return tuple(found)


def _of_village(crowdings: Sequence[Crowding]) -> Reason:
    """Return the mean of its days' points, and by name how crowded it is on the middle one."""
    ordered = sorted(crowdings, key=_CROWDINGS.index)
    points = sum(CROWDING_POINTS[one] for one in ordered) / len(ordered)
    return Reason(_CROWDING_REASONS[ordered[(len(ordered) - 1) // 2]], round(points))

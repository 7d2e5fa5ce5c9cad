"""What a closure shuts, what of it is open again, and when it is over (docs/domain.md rule 9)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from uuid import UUID

from shared.contracts.terms import OfferingKind

# As stored. A proposal that nobody approves expires; what is in force ends by itself.
State = Literal["proposed", "in_force", "rejected"]
Standing = Literal["proposed", "expired", "rejected", "in_force", "ended"]
Step = Literal["ordered", "proposed", "approved", "rejected", "reopened"]

STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
KINDS: Final[tuple[OfferingKind, ...]] = get_args(OfferingKind)
# For how long a proposal can be approved.
APPROVABLE: Final = timedelta(hours=24)
LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Area:
    """What a closure names: villages, venues (with the village of each), kinds, and its time.

    Without kinds it is about all of them.
    """

    villages: frozenset[UUID]
    venues: Mapping[UUID, UUID]
    kinds: frozenset[OfferingKind]
    closed_from: datetime
    closed_until: datetime

    @property
    def all_kinds(self) -> frozenset[OfferingKind]:
        """The kinds that it is about."""
        return self.kinds or frozenset(KINDS)


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is open again for what begins at `open_from` or later.

    Without places it is all of them, without kinds all kinds.
    """

    villages: frozenset[UUID]
    venues: frozenset[UUID]
    kinds: frozenset[OfferingKind]
    open_from: datetime

    def opens(self, village: UUID, venue: UUID | None, kind: OfferingKind) -> bool:
        """Tell whether it opens a kind at a venue; without one, in a whole village."""
        here = village in self.villages or (venue is not None and venue in self.venues)
        everywhere = not self.villages and not self.venues
        return (everywhere or here) and (not self.kinds or kind in self.kinds)


def shut_until(
    area: Area, parts: Iterable[Part], village: UUID, venue: UUID | None, kind: OfferingKind
) -> datetime:
    """Return from when on a kind at a place of the area is open again, at the latest its end."""
    opened = [part.open_from for part in parts if part.opens(village, venue, kind)]
    return min([area.closed_until, *opened])


def over_at(area: Area, parts: Sequence[Part]) -> datetime:
    """Return when nothing of a closure is shut any more.

    A village counts as open when it was named as a whole: its venues, opened one by one, say
    nothing of the ones that nobody thought of.
    """
    places: list[tuple[UUID, UUID | None]] = [(village, None) for village in area.villages]
    places += [(village, venue) for venue, village in area.venues.items()]
    return max(
        shut_until(area, parts, village, venue, kind)
        for village, venue in places
        for kind in area.all_kinds
    )


def lies_in(area: Area, part: Part, villages_of: Mapping[UUID, UUID]) -> bool:
    """Tell whether all that a part names is of a closure; `villages_of` says where venues lie."""
    villages = area.villages | set(area.venues.values())
    return (
        part.villages <= villages
        and part.kinds <= area.all_kinds
        and part.open_from < area.closed_until
        and all(
            venue in area.venues or villages_of.get(venue) in area.villages for venue in part.venues
        )
    )


def standing_of(state: State, entered_at: datetime, ends_at: datetime, now: datetime) -> Standing:
    """Return how a closure stands now; a proposal of what is over would shut nothing."""
    if state == "proposed" and now >= min(entered_at + APPROVABLE, ends_at):
        return "expired"
    if state == "in_force" and now >= ends_at:
        return "ended"
    return state

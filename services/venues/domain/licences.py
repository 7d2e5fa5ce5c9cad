"""Which licences a venue needs for what it offers, and when its people are warned of an end.

docs/domain.md rule 15. Days are those of the villages (Asia/Shanghai); a licence holds on its last
day still.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from shared.contracts.terms import OfferingKind
from shared.contracts.venues import LicenceKind

LicenceState = Literal["waiting", "confirmed", "refused"]

LICENCE_KINDS: Final[tuple[LicenceKind, ...]] = get_args(LicenceKind)

# Every venue is a business (营业执照). Who serves at tables needs the food licence
# (食品经营许可证); who lets people sleep, the fire inspection (消防安全检查) and the filing as a
# campsite (营地备案). Workshops and entries need nothing beyond. The database holds the same in
# `licence_rules`.
OF_EVERY_VENUE: Final[frozenset[LicenceKind]] = frozenset({"business"})
BY_OFFERING_KIND: Final[Mapping[OfferingKind, frozenset[LicenceKind]]] = {
    "table": frozenset({"food"}),
    "stay": frozenset({"fire", "camping_filing"}),
    "session": frozenset(),
    "entry": frozenset(),
}
# From so many people on, expected on a day or with places at one time, an event needs its permit
# (大型群众性活动安全许可). The database asks the same in `event_permits_needed`.
LARGE_EVENT: Final = 1000

# Days before the last one; 0 is the day after it, when the licence is over.
WARNING_DAYS: Final = (30, 10, 1)
OVER: Final = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What is due about a licence: steps to write down, and the one of them to tell, if any."""

    steps: tuple[int, ...]
    tell: int | None


def needed_kinds(
    offered: Iterable[OfferingKind], *, expects_large_event: bool = False
) -> frozenset[LicenceKind]:
    """Return the kinds of licences that a venue needs for what it offers."""
    needed = OF_EVERY_VENUE.union(*(BY_OFFERING_KIND[kind] for kind in offered))
    return needed | {"event_permit"} if expects_large_event else needed


def days_left(valid_until: date, today: date) -> int:
    """Return how many days follow until the last one: 0 on it, below 0 after it."""
    return (valid_until - today).days


def due(valid_until: date, today: date, told: Collection[int]) -> Due:
    """Return which warnings are due today that were not told yet.

    After a time in which nobody looked, only the latest is told: "30 days" would be wrong by then.
    """
    left = days_left(valid_until, today)
    if left < 0:
        steps = tuple(step for step in (*WARNING_DAYS, OVER) if step not in told)
        return Due(steps, OVER if OVER in steps else None)
    reached = [step for step in WARNING_DAYS if left <= step]
    steps = tuple(step for step in reached if step not in told)
    latest = min(reached, default=None)
    return Due(steps, latest if latest in steps else None)

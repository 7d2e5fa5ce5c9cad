"""The way of one ticket through the gates: in, out for a while, in again.

The story is told anew from all scans whenever another one becomes known, so that it does not
depend on the order in which gates without a network report them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from services.bookings.domain.party import Kind
from services.bookings.domain.scans import SHOWN_TWICE, Scan, merge_scan
from shared.core.clock import local_day

Direction = Literal["in", "out"]
PassageOutcome = Literal["admitted", "reentered", "repeated", "conflict", "left", "not_inside"]

# Somebody went through the gate.
LET_THROUGH: Final = frozenset[str]({"admitted", "reentered", "left"})


@dataclass(frozen=True, slots=True)
class Passage:
    """A scan, and whether somebody came or went with it.

    `refused`: the gate had a network and was told to let nobody in.
    """

    scan: Scan
    direction: Direction
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """What each scan is, which one is the check-in, and when its people left, if they did.

    `admitted` and `reentered` came in, `left` went out; `repeated` is the same ticket shown twice
    at one gate. A `conflict` came in beside people who had not left, or tried to. `not_inside`
    went out without having come in.
    """

    outcomes: Mapping[UUID, PassageOutcome]
    entered: Scan | None
    left_at: datetime | None


def tell_story(kind: Kind, passages: Iterable[Passage]) -> Story:
    """Return the story of a ticket of an offering of this kind.

    Whoever left may come in again: guests of a stay as often as they like, all others on the day
    on which they left.
    """
    teller = _Teller(kind)
    outcomes: dict[UUID, PassageOutcome] = {}
    # Of two scans at one instant always the same comes first, whichever was told of first.
    for passage in sorted(passages, key=lambda one: (one.scan.at, one.scan.scan_id)):
        hear = teller.going if passage.direction == "out" else teller.coming
        outcomes[passage.scan.scan_id] = hear(passage)
    return Story(outcomes, teller.entered, teller.left.at if teller.left else None)


class _Teller:
    """Where the people of a ticket are, scan after scan."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.entered: Scan | None = None
        self.left: Scan | None = None
        # Who came last by each gate, and who came last at all.
        self._at_gates: dict[str, Scan] = {}
        self._latest: Scan | None = None

    def coming(self, passage: Passage) -> PassageOutcome:
        scan = passage.scan
        if passage.refused and self._latest is None:
            return "conflict"
        if self.left is not None and not passage.refused and self._may_return(self.left, scan):
            self.left = None
            self._at_gates.clear()
            outcome: PassageOutcome = "reentered"
        else:
            outcome = merge_scan(self._at_gates.get(scan.gate, self._latest), scan).outcome
        if outcome == "repeated":
            return outcome
        self._at_gates[scan.gate] = self._latest = scan
        if outcome == "admitted":
            self.entered = scan
        return outcome

    def going(self, passage: Passage) -> PassageOutcome:
        scan, left = passage.scan, self.left
        if left is not None and left.gate == scan.gate and scan.at - left.at <= SHOWN_TWICE:
            return "repeated"
        if self.entered is None or left is not None:
            return "not_inside"
        self.left = scan
        return "left"

    def _may_return(self, left: Scan, scan: Scan) -> bool:
        return self._kind == "stay" or local_day(left.at) == local_day(scan.at)

"""One ticket scanned more than once: at several gates, or told of again by an offline gate.

Gates without a network tell of their scans later and in any order. Which scan counts as the
check-in does not depend on that order: it is the earliest, by the gates' own times.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

# Within this time one gate shows a code twice by mistake; later, somebody tries it again.
SHOWN_TWICE: Final = timedelta(seconds=60)

Outcome = Literal["admitted", "repeated", "conflict"]


@dataclass(frozen=True, slots=True)
class Scan:
    """A ticket was read at a gate, at the gate's own time."""

    scan_id: UUID
    gate: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Merged:
    """What a new scan is, and which scan stands as the ticket's check-in from now on.

    `admitted`: its first. `repeated`: the same scan told of again, or shown twice at one gate.
    `conflict`: somebody else came with the same ticket, or tried to; that is to be flagged.
    """

    outcome: Outcome
    counts: Scan


def merge_scan(standing: Scan | None, scan: Scan) -> Merged:
    """Return what a scan is beside the standing check-in of its ticket, if it has one."""
    if standing is None:
        return Merged("admitted", scan)
    if standing.scan_id == scan.scan_id:
        return Merged("repeated", standing)
    shown_twice = standing.gate == scan.gate and abs(scan.at - standing.at) <= SHOWN_TWICE
    # Of two scans at one instant always the same counts, whichever was told of first.
    earlier = min(standing, scan, key=lambda one: (one.at, one.scan_id))
    return Merged("repeated" if shown_twice else "conflict", earlier)

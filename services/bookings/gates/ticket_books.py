"""The scans of one ticket while its order is locked: what is known of it, and what comes in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.bookings.domain.party import admitted_by
from services.bookings.domain.passages import LET_THROUGH, Direction, Passage, tell_story
from services.bookings.domain.scans import Scan
from services.bookings.gates.records import Presence, ScanOutcome, StoredScan, Ticket, TicketLine
from services.bookings.gates.tickets import last_day
from shared.core.clock import local_day

# States of orders whose tickets let somebody in. Who comes after an order was closed as one to
# which nobody came is late, or was seen by a gate without a network.
STANDING: Final = frozenset({"confirmed", "completed", "no_show"})
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """A ticket is shown at a gate: now, or `at` a time that a gate without a network tells of.

    `on_any_day` lets somebody in whose ticket is not for that day.
    """

    scan_id: UUID
    line_id: UUID
    ordinal: int
    gate: str
    direction: Direction
    at: datetime | None
    on_any_day: bool
    by: UUID

    @property
    def ticket(self) -> Ticket:
        """Which ticket is shown."""
        return self.line_id, self.ordinal


class TicketBook:
    """One ticket's scans and check-in, as they were found and as they are to be written."""

    def __init__(
        self,
        line: TicketLine,
        ordinal: int,
        scans: Iterable[StoredScan],
        presence: Presence | None,
    ) -> None:
        self.line = line
        self.presence = presence
        self._ordinal = ordinal
        self._scans = {scan.scan_id: scan for scan in scans}
        self._found = dict(self._scans)
        self._found_presence = presence
        if presence is not None and presence.scan_id not in self._scans:
            # A release before this one checked it in, and kept no scans.
            self._scans[presence.scan_id] = self._found[presence.scan_id] = self._first(presence)

    def __getitem__(self, scan_id: UUID) -> StoredScan:
        """Return a scan, as it stands by now."""
        return self._scans[scan_id]

    @property
    def gate(self) -> str:
        """Return at which gate it was checked in; '' where it was not."""
        return self._scans[self.presence.scan_id].gate if self.presence else ""

    @property
    def changed(self) -> list[StoredScan]:
        """The scans that were known and turned out to be something else."""
        found = self._found
        return [
            scan
            for scan_id, scan in self._scans.items()
            if scan_id in found and found[scan_id] != scan
        ]

    @property
    def added(self) -> list[StoredScan]:
        """The scans that were not known before."""
        return [scan for scan_id, scan in self._scans.items() if scan_id not in self._found]

    @property
    def new_presence(self) -> Presence | None:
        """Who came, where that has changed."""
        return None if self.presence == self._found_presence else self.presence

    @property
    def has_come(self) -> bool:
        """Whether its people came just now, or are known only now to have come."""
        return self.presence is not None and self._found_presence is None

    @property
    def new_conflicts(self) -> list[StoredScan]:
        """The conflicts that nobody was told of, by their time."""
        found = [
            scan
            for scan in self._scans.values()
            if scan.outcome == "conflict" and not scan.is_told_conflict
        ]
        return sorted(found, key=lambda scan: (scan.scanned_at, scan.scan_id))

    def show(self, shown: Shown) -> None:
        """Take in one scan; a scan that is known stays what it is.

        One that was refused only because of its day is looked at again with the operator's word.
        """
        known = self._scans.get(shown.scan_id)
        if known and not (known.outcome == "another_day" and shown.on_any_day):
            return
        scan = known or self._new(shown)
        refusal = self._refusal(shown, scan.scanned_at)
        comes_now = shown.at is None and scan.direction == "in"
        self._scans[scan.scan_id] = replace(
            scan,
            outcome=refusal or "admitted",
            was_refused=comes_now and (refusal is not None or self._is_refused(scan)),
            is_settled=refusal is not None,
        )
        self._retell()

    def _new(self, shown: Shown) -> StoredScan:
        return StoredScan(
            scan_id=shown.scan_id,
            line_id=shown.line_id,
            ordinal=shown.ordinal,
            venue_id=self.line.venue_id,
            gate=shown.gate,
            direction=shown.direction,
            scanned_at=shown.at or self._present(),
            scanned_by=shown.by,
            outcome="admitted",
            was_refused=False,
            is_settled=False,
            is_told_conflict=False,
        )

    def _present(self) -> datetime:
        """Return now, or later: after what is told by gates whose clocks run ahead."""
        last = max((scan.scanned_at for scan in self._scans.values()), default=None)
        return max(self.line.moment, last + _TICK) if last else self.line.moment

    def _refusal(self, shown: Shown, at: datetime) -> ScanOutcome | None:
        line = self.line
        if line.state not in STANDING or line.claim_state != "kept":
            return "cancelled"
        final_day = last_day(line.kind, line.day, line.nights)
        is_free = shown.on_any_day or shown.direction == "out"
        return None if is_free or line.day <= local_day(at) <= final_day else "another_day"

    def _is_refused(self, scan: StoredScan) -> bool:
        """Tell whether somebody who comes now comes after all others, and can't come in."""
        arrival = Passage(Scan(scan.scan_id, scan.gate, self._present()), "in")
        story = tell_story(self.line.kind, [*self._passages(), arrival])
        return story.outcomes[scan.scan_id] not in LET_THROUGH

    def _passages(self) -> list[Passage]:
        return [
            Passage(
                Scan(scan.scan_id, scan.gate, scan.scanned_at), scan.direction, scan.was_refused
            )
            for scan in self._scans.values()
            if not scan.is_settled
        ]

    def _retell(self) -> None:
        story = tell_story(self.line.kind, self._passages())
        for scan_id, outcome in story.outcomes.items():
            self._scans[scan_id] = replace(self._scans[scan_id], outcome=outcome)
        if story.entered is not None:
            entered = self._scans[story.entered.scan_id]
            self.presence = Presence(
                line_id=entered.line_id,
                ordinal=entered.ordinal,
                persons=self._persons(),
                scan_id=entered.scan_id,
                checked_in_at=entered.scanned_at,
                checked_in_by=entered.scanned_by,
                left_at=story.left_at,
            )

    def _persons(self) -> int:
        line = self.line
        return admitted_by(line.kind, line.persons, line.units, self._ordinal)

    def _first(self, presence: Presence) -> StoredScan:
        return StoredScan(
            scan_id=presence.scan_id,
            line_id=presence.line_id,
            ordinal=presence.ordinal,
            venue_id=self.line.venue_id,
            gate="",
            direction="in",
            scanned_at=presence.checked_in_at,
            scanned_by=presence.checked_in_by,
            outcome="admitted",
            was_refused=False,
            is_settled=False,
            is_told_conflict=False,
        )

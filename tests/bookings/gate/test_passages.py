"""The way of a ticket through the gates, by rule: whatever comes first or late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.party import Kind
from services.bookings.domain.passages import Direction, Passage, tell_story
from services.bookings.domain.scans import Scan
from services.bookings.gates.records import StoredScan, TicketLine
from services.bookings.gates.ticket_books import Shown, TicketBook
from shared.core.clock import SHANGHAI
from shared.core.localized import LocalizedText

NOON: Final = datetime(2026, 5, 2, 12, tzinfo=SHANGHAI)
LINE_ID: Final = UUID(int=1)
NAME: Final = LocalizedText(zh="集市", en="Market")


def passage(minute: float, direction: Direction = "in", gate: str = "north") -> Passage:
    return Passage(Scan(uuid4(), gate, NOON + timedelta(minutes=minute)), direction)


def story(*passages: Passage, kind: Kind = "entry") -> list[str]:
    told = tell_story(kind, passages)
    return [told.outcomes[one.scan.scan_id] for one in passages]


def test_who_comes_first_is_admitted_and_the_next_at_another_gate_is_a_conflict() -> None:
    assert story(passage(0), passage(0.5, gate="south")) == ["admitted", "conflict"]


def test_of_scans_told_of_in_any_order_the_earliest_counts() -> None:
    late, early = passage(10), passage(0, gate="south")
    told = tell_story("entry", [late, early])
    assert told.outcomes[early.scan.scan_id] == "admitted"
    assert told.entered == early.scan


def test_shown_twice_at_one_gate_within_a_minute_is_a_repetition_and_no_conflict() -> None:
    assert story(passage(0), passage(1), passage(2.5)) == ["admitted", "repeated", "conflict"]


def test_a_conflict_that_is_shown_twice_is_one_conflict() -> None:
    scans = (passage(0), passage(5, gate="south"), passage(5.5, gate="south"))
    assert story(*scans) == ["admitted", "conflict", "repeated"]


def test_who_left_may_come_in_again_on_that_day() -> None:
    scans = (passage(0), passage(60, "out"), passage(90, gate="south"))
    assert story(*scans) == ["admitted", "left", "reentered"]
    assert tell_story("entry", scans).left_at is None


def test_who_came_in_again_is_a_conflict_to_the_next() -> None:
    scans = (passage(0), passage(60, "out"), passage(90), passage(95, gate="south"))
    assert story(*scans) == ["admitted", "left", "reentered", "conflict"]


@pytest.mark.parametrize(("kind", "outcome"), [("stay", "reentered"), ("entry", "conflict")])
def test_only_guests_of_a_stay_come_in_again_on_another_day(kind: Kind, outcome: str) -> None:
    scans = (passage(0), passage(60, "out"), passage(24 * 60))
    assert story(*scans, kind=kind) == ["admitted", "left", outcome]


def test_nobody_leaves_who_did_not_come_or_has_left() -> None:
    scans = (passage(-5, "out"), passage(0), passage(9, "out"), passage(9.5, "out"))
    assert story(*scans, passage(30, "out")) == [
        "not_inside",
        "admitted",
        "left",
        "repeated",
        "not_inside",
    ]


def test_a_way_out_that_is_told_of_late_explains_who_came_in_again() -> None:
    first, again, out = passage(0), passage(60, gate="south"), passage(30, "out")
    assert story(first, again) == ["admitted", "conflict"]
    assert story(first, again, out) == ["admitted", "reentered", "left"]


def test_who_was_refused_did_not_come_in_whatever_is_told_later() -> None:
    refused = Passage(passage(60, gate="south").scan, "in", refused=True)
    assert story(passage(0), refused, passage(30, "out")) == ["admitted", "conflict", "left"]
    assert story(refused, passage(90)) == ["conflict", "admitted"]


def a_line(kind: Kind = "entry") -> TicketLine:
    return TicketLine(
        line_id=LINE_ID,
        order_id=UUID(int=2),
        account_id=UUID(int=3),
        code="0000-0000",
        state="confirmed",
        version=1,
        contact_sealed=b"",
        venue_id=UUID(int=4),
        kind=kind,
        name=NAME,
        venue_name=NAME,
        day=NOON.date(),
        nights=0,
        persons=1,
        units=1,
        claim_state="kept",
        moment=NOON + timedelta(days=1),
    )


shown = st.builds(
    lambda minute, gate, direction: Shown(
        scan_id=uuid4(),
        line_id=LINE_ID,
        ordinal=1,
        gate=gate,
        direction=direction,
        at=NOON + timedelta(seconds=20 * minute),
        on_any_day=False,
        by=UUID(int=5),
    ),
    st.integers(0, 40),
    st.sampled_from(["north", "south"]),
    st.sampled_from(["in", "in", "out"]),
)


def written(book: TicketBook, known: Sequence[StoredScan]) -> list[StoredScan]:
    """Return the scans as they are stored after a book was written."""
    changed = {scan.scan_id: scan for scan in book.changed}
    return [changed.get(scan.scan_id, scan) for scan in known] + book.added


@given(st.lists(shown, max_size=8), st.data())
def test_the_end_does_not_depend_on_when_scans_are_told_of(
    scans: list[Shown], data: st.DataObject
) -> None:
    at_once = TicketBook(a_line(), 1, [], None)
    for one in scans:
        at_once.show(one)
    known: list[StoredScan] = []
    presence = None
    for one in data.draw(st.permutations(scans)):
        book = TicketBook(a_line(), 1, known, presence)
        book.show(one)
        known, presence = written(book, known), book.presence
    assert {scan.scan_id: scan.outcome for scan in known} == {
        one.scan_id: at_once[one.scan_id].outcome for one in scans
    }
    assert presence == at_once.presence
    admitted = [scan for scan in known if scan.outcome == "admitted"]
    assert len(admitted) == (0 if presence is None else 1)

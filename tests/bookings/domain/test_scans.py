"""Tickets that are scanned more than once."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.scans import Merged, Outcome, Scan, merge_scan
from tests.bookings.domain.examples import PROPERTY, at

FIRST = Scan(UUID(int=1), "north", at(9))
SCANS = st.builds(
    lambda number, gate, seconds: Scan(UUID(int=number), gate, at(9) + timedelta(seconds=seconds)),
    st.integers(1, 1000),
    st.sampled_from(["north", "south"]),
    st.integers(0, 300),
)


def later(seconds: int, gate: str = "north") -> Scan:
    return Scan(UUID(int=2), gate, FIRST.at + timedelta(seconds=seconds))


def test_the_first_scan_of_a_ticket_admits() -> None:
    assert merge_scan(None, FIRST) == Merged("admitted", FIRST)


def test_the_same_scan_told_of_again_changes_nothing() -> None:
    again = Scan(FIRST.scan_id, "south", at(8))
    assert merge_scan(FIRST, again) == Merged("repeated", FIRST)


@pytest.mark.parametrize(
    ("scan", "outcome"),
    [
        (later(60), "repeated"),
        (later(61), "conflict"),
        (later(1, "south"), "conflict"),
    ],
)
def test_a_ticket_shown_again_later_or_elsewhere_is_a_conflict(
    scan: Scan, outcome: Outcome
) -> None:
    assert merge_scan(FIRST, scan) == Merged(outcome, FIRST)
    # An offline gate that tells of the earlier scan later makes that one count.
    assert merge_scan(scan, FIRST) == Merged(outcome, FIRST)


@PROPERTY
@given(
    data=st.data(),
    scans=st.lists(SCANS, min_size=1, max_size=6, unique_by=lambda scan: scan.scan_id),
)
def test_the_earliest_scan_counts_in_whatever_order_the_gates_tell(
    data: st.DataObject, scans: list[Scan]
) -> None:
    standing: Scan | None = None
    outcomes = []
    for scan in data.draw(st.permutations(scans)):
        merged = merge_scan(standing, scan)
        standing = merged.counts
        outcomes.append(merged.outcome)
    assert standing == min(scans, key=lambda scan: (scan.at, scan.scan_id))
    assert outcomes.count("admitted") == 1

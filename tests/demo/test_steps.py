"""How the journey's steps look for their effects."""

from datetime import date

import pytest

from deploy.local.demo.chapters.merging import GATES, scans_of
from deploy.local.demo.steps import Figure, has_moved
from deploy.local.demo.story import StepFailedError, eventually, expect

VILLAGE = {"village_id": "1", "name": {"zh": "嘉溪村", "en": "Jiaxi"}}


def figure(booked: int | None, arrived: int | None = 0) -> Figure:
    shown = {"booked": booked, "arrived": arrived, "suppressed": booked is None}
    return Figure(VILLAGE, date(2026, 11, 28), shown)


HIDDEN = figure(None, None)
NOBODY = Figure(VILLAGE, date(2026, 11, 28), None)


@pytest.mark.parametrize(
    ("earlier", "now", "booked", "arrived"),
    [
        (figure(20, 5), figure(23, 8), 3, 3),
        (figure(20, 5), figure(30, 9), 3, 3),
        (figure(20, 5), figure(17, 5), -3, 0),
        (figure(11, 5), HIDDEN, -3, 0),
        (HIDDEN, NOBODY, -3, 0),
        (HIDDEN, HIDDEN, -3, 0),
        (NOBODY, HIDDEN, 3, 0),
        (NOBODY, figure(12, 3), 12, 3),
    ],
)
def test_a_figure_has_moved_by_so_many_people_at_least(
    earlier: Figure, now: Figure, booked: int, arrived: int
) -> None:
    assert has_moved(now, earlier, booked, arrived)


@pytest.mark.parametrize(
    ("earlier", "now", "booked", "arrived"),
    [
        (figure(20, 5), figure(23, 7), 3, 3),
        (figure(20, 5), figure(22, 8), 3, 3),
        (figure(20, 5), figure(18, 5), -3, 0),
        (figure(20, 5), HIDDEN, 3, 0),
        (NOBODY, NOBODY, 3, 0),
    ],
)
def test_a_figure_that_moved_less_has_not(
    earlier: Figure, now: Figure, booked: int, arrived: int
) -> None:
    assert not has_moved(now, earlier, booked, arrived)


def test_few_people_are_there_but_not_shown() -> None:
    assert HIDDEN.is_hidden
    assert not NOBODY.is_hidden
    assert (HIDDEN.booked, HIDDEN.arrived, NOBODY.booked) == (0, 0, 0)


def test_two_gates_scan_all_tickets_and_one_of_them_twice() -> None:
    scans = scans_of([{"code": "A"}, {"code": "B"}, {"code": "C"}])
    assert [scan["code"] for scan in scans] == ["A", "B", "C", "A"]
    assert [scan["gate"] for scan in scans] == [GATES[0], GATES[1], GATES[0], GATES[1]]
    assert len({scan["scan_id"] for scan in scans}) == 4
    times = [scan["scanned_at"] for scan in scans]
    assert times == sorted(times)


async def test_an_effect_is_waited_for_and_missed_loudly() -> None:
    tries = iter([None, None, "seen"])

    async def look() -> str | None:
        return next(tries, None)

    assert await eventually("something", look) == "seen"
    with pytest.raises(StepFailedError, match="something: not seen"):
        await eventually("something", look, within=0.1)
    with pytest.raises(StepFailedError, match="the price: expected 2, found 1"):
        expect("the price", 1, 2)

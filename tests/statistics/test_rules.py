from datetime import date, timedelta

import pytest

from services.statistics.domain.suppression import is_suppressed
from services.statistics.domain.visit_questions import is_too_long, read_dimensions


@pytest.mark.parametrize(("booked", "hidden"), [(0, False), (1, True), (9, True), (10, False)])
def test_a_cell_of_one_to_nine_people_is_suppressed(booked: int, hidden: bool) -> None:  # noqa: FBT001
    assert is_suppressed(booked) is hidden


def test_a_period_may_have_400_days_and_no_more() -> None:
    first = date(2026, 1, 1)
    assert not is_too_long(first, first + timedelta(days=399))
    assert is_too_long(first, first + timedelta(days=400))


def test_dimensions_are_read_in_their_order() -> None:
    assert read_dimensions("day,village") == ("day", "village")


@pytest.mark.parametrize("written", ["", "village,", "village,village", "person", "Village"])
def test_what_is_no_grouping_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="dimension"):
        read_dimensions(written)

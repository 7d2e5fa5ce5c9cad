"""Which slots a line needs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.lines import wanted_times
from services.bookings.domain.party import Kind
from services.bookings.domain.refusals import ArrivalDayUnfit, LineTimeUnfit, NightsUnfit
from tests.bookings.domain.examples import PROPERTY, SATURDAY, at, offered, wanted

TWO: Any = {"adult": 2}
INSTANT: Any = {"starts_at": at(14)}
DAY: Any = {"first_day": SATURDAY}
NIGHTS: Any = {"first_day": SATURDAY, "nights": 2}


def test_a_session_and_a_timed_entry_need_the_slot_of_their_beginning() -> None:
    for kind in ("session", "entry"):
        assert wanted_times(offered(kind), wanted(TWO, **INSTANT)) == (at(14),)


def test_an_entry_may_be_for_a_whole_day() -> None:
    assert wanted_times(offered("entry"), wanted(TWO, **DAY)) == (SATURDAY,)


def test_a_stay_needs_its_nights_one_after_the_other() -> None:
    asked = wanted(TWO, first_day=date(2026, 12, 31), nights=3)
    assert wanted_times(offered("stay"), asked) == (
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 2),
    )


def test_a_table_needs_every_quarter_of_an_hour_of_its_seating() -> None:
    steps = [{"up_to_persons": 2, "minutes": 45}, {"up_to_persons": 6, "minutes": 120}]
    cafe = offered("table", seating=steps)
    assert wanted_times(cafe, wanted(TWO, starts_at=at(12, 30))) == (
        at(12, 30),
        at(12, 45),
        at(13, 0),
    )
    assert len(wanted_times(cafe, wanted({"adult": 3}, **INSTANT))) == 8
    assert len(wanted_times(offered("table"), wanted(TWO, **INSTANT))) == 6


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("session", {}),
        ("session", DAY),
        ("session", NIGHTS),
        ("session", {**INSTANT, **DAY}),
        ("table", DAY),
        ("table", {**INSTANT, "nights": 1}),
        ("entry", {}),
        ("entry", {**INSTANT, **DAY}),
        ("entry", NIGHTS),
        ("stay", {}),
        ("stay", INSTANT),
        ("stay", DAY),
        ("stay", {"nights": 2}),
        ("stay", {**INSTANT, **NIGHTS}),
    ],
)
def test_each_kind_says_when_in_its_own_way(kind: Kind, fields: dict[str, Any]) -> None:
    with pytest.raises(LineTimeUnfit) as refused:
        wanted_times(offered(kind), wanted(TWO, **fields))
    assert refused.value.kind == kind


@pytest.mark.parametrize("nights", [-1, 0, 1, 5, 10_000, 2**63])
def test_a_stay_has_as_many_nights_as_its_terms_say(nights: int) -> None:
    stay = offered("stay", nights_least=2, nights_most=4)
    with pytest.raises(NightsUnfit) as refused:
        wanted_times(stay, wanted(TWO, first_day=SATURDAY, nights=nights))
    assert (refused.value.least, refused.value.most) == (2, 4)


@pytest.mark.parametrize("nights", [2, 4])
def test_the_shortest_and_the_longest_stay_are_sold(nights: int) -> None:
    stay = offered("stay", nights_least=2, nights_most=4)
    assert len(wanted_times(stay, wanted(TWO, first_day=SATURDAY, nights=nights))) == nights


def test_a_stay_begins_on_its_arrival_weekdays_only() -> None:
    stay = offered("stay", arrival_weekdays=[5, 6])
    assert len(wanted_times(stay, wanted(TWO, **NIGHTS))) == 2
    with pytest.raises(ArrivalDayUnfit) as refused:
        wanted_times(stay, wanted(TWO, first_day=SATURDAY + timedelta(days=1), nights=2))
    assert refused.value.weekdays == (5, 6)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("stay", {"first_day": date.max, "nights": 2}),
        ("table", {"starts_at": datetime.max.replace(tzinfo=UTC)}),
    ],
)
def test_the_end_of_the_calendar_is_no_time_to_come(kind: Kind, fields: dict[str, Any]) -> None:
    with pytest.raises(LineTimeUnfit):
        wanted_times(offered(kind), wanted(TWO, **fields))


@PROPERTY
@given(
    kind=st.sampled_from(["stay", "table", "session", "entry"]),
    starts_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    first_day=st.none() | st.dates(),
    nights=st.none() | st.integers(),
)
def test_whatever_is_asked_for_is_a_run_of_times_or_a_refusal(
    kind: Kind, starts_at: datetime | None, first_day: date | None, nights: int | None
) -> None:
    asked = wanted(TWO, starts_at=starts_at, first_day=first_day, nights=nights)
    try:
        times = wanted_times(offered(kind), asked)
    except (LineTimeUnfit, NightsUnfit, ArrivalDayUnfit):
        return
    assert times[0] == (starts_at or first_day)
    assert len(times) == {"stay": nights, "table": 6}.get(kind, 1)
    step = timedelta(days=1) if kind == "stay" else timedelta(minutes=15)
    assert all(time == times[0] + step * number for number, time in enumerate(times))

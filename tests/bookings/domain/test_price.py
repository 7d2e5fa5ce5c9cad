"""What lines cost, and that nothing is lost by rounding."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.party import (
    MOST_LINES,
    MOST_NIGHTS,
    MOST_PERSONS_EVER,
    TicketType,
)
from services.bookings.domain.price import (
    BreakdownItem,
    PriceList,
    group_discount,
    percent_of,
    price_line,
    share,
    total_of,
)
from services.bookings.domain.refusals import TicketTypeUnpriced
from services.venues.fields import DEAREST_FEN
from shared.contracts.terms import DayType, GroupStep, TicketPrice
from shared.core.money import MOST_FEN
from tests.bookings.domain.examples import DAY_TYPES, PROPERTY, SATURDAY, at, nights, price, slot

FEN = st.integers(0, 10**12)


def price_list(*prices: TicketPrice) -> PriceList:
    return PriceList([price.model_dump() for price in prices])


def session_price(prices: PriceList, tickets: dict[TicketType, int], day_type: DayType) -> int:
    day = slot(at(14), day_type=day_type)
    return total_of(price_line("session", prices, [day], tickets, units=9, option=None))


def test_a_session_costs_the_sum_of_its_tickets() -> None:
    items = price_line(
        "session",
        price_list(price("adult", 12800), price("child", 6800)),
        [slot(at(14))],
        {"adult": 2, "child": 1, "senior": 0},
        units=3,
        option=None,
    )
    assert items == [
        BreakdownItem("tickets", "adult", SATURDAY, "weekend", 2, 12800, 25600),
        BreakdownItem("tickets", "child", SATURDAY, "weekend", 1, 6800, 6800),
    ]


def test_a_stay_costs_its_pitches_each_night_by_the_night_whoever_sleeps_there() -> None:
    prices = price_list(price("pitch", 10000), price("pitch", 19900, "weekend"))
    items = price_line(
        "stay", prices, nights("weekend", "workday"), {"adult": 5}, units=2, option=None
    )
    assert items == [
        BreakdownItem("pitch_nights", None, date(2026, 9, 13), "weekend", 2, 19900, 39800),
        BreakdownItem("pitch_nights", None, date(2026, 9, 14), "workday", 2, 10000, 20000),
    ]


def test_a_seating_costs_once_where_the_table_is_priced_that_day_else_its_tickets() -> None:
    prices = price_list(price("table", 5000, "holiday"), price("adult", 300))
    expected: dict[DayType, int] = {"holiday": 5000, "workday": 1200}
    for day_type, fen in expected.items():
        day = slot(at(18), day_type=day_type)
        items = price_line("table", prices, [day, day], {"adult": 4}, units=1, option=None)
        assert total_of(items) == fen


@pytest.mark.parametrize(
    ("day_type", "option", "expected"),
    [
        ("workday", None, 1),
        ("weekend", None, 2),
        ("holiday", None, 1),
        ("workday", "lake", 3),
        ("weekend", "lake", 3),
        ("holiday", "lake", 4),
        ("weekend", "wood", 2),
    ],
)
def test_the_most_specific_price_counts_and_an_option_for_more_than_a_day_type(
    day_type: DayType, option: str | None, expected: int
) -> None:
    prices = price_list(
        price("pitch", 1),
        price("pitch", 2, "weekend"),
        price("pitch", 3, option="lake"),
        price("pitch", 4, "holiday", "lake"),
    )
    assert prices.fen("pitch", day_type, option) == expected


def test_a_make_up_workday_costs_what_a_workday_does_unless_it_has_its_own_price() -> None:
    any_day, workday, own = (
        price("adult", 1),
        price("adult", 2, "workday"),
        price("adult", 3, "make_up_workday"),
    )
    assert price_list(any_day).fen("adult", "make_up_workday") == 1
    assert price_list(any_day, workday).fen("adult", "make_up_workday") == 2
    assert price_list(any_day, workday, own).fen("adult", "make_up_workday") == 3


def test_a_ticket_type_without_a_price_is_refused_by_name() -> None:
    with pytest.raises(TicketTypeUnpriced) as refused:
        session_price(price_list(price("adult", 100)), {"adult": 1, "senior": 1}, "weekend")
    assert refused.value.ticket_type == "senior"


def test_a_price_of_other_days_is_no_price() -> None:
    prices = price_list(price("adult", 100, "weekend"))
    assert session_price(prices, {"adult": 2}, "weekend") == 200
    with pytest.raises(TicketTypeUnpriced):
        session_price(prices, {"adult": 2}, "workday")


STEPS = (GroupStep(from_persons=5, percent_off=10), GroupStep(from_persons=10, percent_off=25))


@pytest.mark.parametrize(
    ("persons", "discount"), [(4, None), (5, 100), (9, 100), (10, 250), (400, 250)]
)
def test_the_largest_step_that_a_party_reaches_counts(persons: int, discount: int | None) -> None:
    items = [BreakdownItem("tickets", "adult", SATURDAY, "weekend", 1, 999, 999)]
    off = group_discount(items, STEPS, persons)
    assert (None if off is None else -off.amount_fen) == discount


def test_a_discount_of_nothing_is_not_listed() -> None:
    items = [BreakdownItem("tickets", "adult", SATURDAY, "weekend", 9, 0, 0)]
    assert group_discount(items, STEPS, 9) is None


@pytest.mark.parametrize(
    ("fen", "percent", "expected"),
    [(0, 50, 0), (1, 50, 1), (1, 49, 0), (3, 50, 2), (999, 80, 799), (10**12, 100, 10**12)],
)
def test_a_percentage_is_rounded_half_up(fen: int, percent: int, expected: int) -> None:
    assert percent_of(fen, percent) == expected


@PROPERTY
@given(fen=FEN, percent=st.integers(0, 100))
def test_a_percentage_is_off_by_half_a_fen_at_most_and_never_above_the_whole(
    fen: int, percent: int
) -> None:
    part = percent_of(fen, percent)
    assert -50 < part * 100 - fen * percent <= 50
    assert 0 <= part <= fen


@PROPERTY
@given(total=FEN, weights=st.lists(FEN, min_size=1, max_size=30))
def test_the_parts_of_a_total_sum_to_it_and_are_off_by_less_than_a_fen(
    total: int, weights: list[int]
) -> None:
    parts = share(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    if whole:
        assert all(
            abs(part * whole - total * weight) < whole
            for part, weight in zip(parts, weights, strict=True)
        )


@PROPERTY
@given(data=st.data(), weights=st.lists(st.integers(0, 5000), min_size=1, max_size=12))
def test_nobody_gives_back_more_than_they_got(data: st.DataObject, weights: list[int]) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    parts = share(total, weights)
    assert all(part <= weight for part, weight in zip(parts, weights, strict=True))


def test_the_earlier_of_equals_gets_the_fen_that_is_left() -> None:
    assert share(100, [1, 1, 1]) == [34, 33, 33]
    assert share(5, [0, 0]) == [3, 2]
    assert share(0, []) == []


def test_the_largest_remainders_are_rounded_up() -> None:
    # The textbook example of the method.
    assert share(10, [47000, 16000, 15800, 12000, 6100, 3100]) == [5, 2, 1, 1, 1, 0]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [-1, 2]), (1, [])])
def test_what_cannot_be_shared_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="shared out"):
        share(total, weights)


@PROPERTY
@given(
    fen=st.fixed_dictionaries(dict.fromkeys(DAY_TYPES, st.integers(0, 10**8))),
    days=st.lists(st.sampled_from(DAY_TYPES), min_size=1, max_size=30),
    units=st.integers(1, 250),
)
def test_a_stay_costs_the_sum_of_its_nights(
    fen: dict[DayType, int], days: list[DayType], units: int
) -> None:
    prices = price_list(*(price("pitch", amount, day_type) for day_type, amount in fen.items()))
    items = price_line("stay", prices, nights(*days), {"adult": 1}, units=units, option=None)
    assert total_of(items) == sum(units * fen[day_type] for day_type in days)
    assert all(item.amount_fen == item.quantity * item.unit_fen for item in items)


def test_the_dearest_order_is_an_amount_that_every_answer_and_event_can_carry() -> None:
    assert MOST_LINES * MOST_NIGHTS * MOST_PERSONS_EVER * DEAREST_FEN <= MOST_FEN

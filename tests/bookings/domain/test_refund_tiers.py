"""What comes back when a line is cancelled."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.refund_tiers import Cause, next_step, refund_fen, refund_percent
from shared.contracts.terms import DayType, RefundTerms, RefundTier
from tests.bookings.domain.examples import DAY_TYPES, PROPERTY, at

STARTS_AT = at(14)
DAY_TYPE = st.sampled_from(DAY_TYPES)
FEN = st.integers(0, 10**12)
# From a year and more before the beginning to some days after it.
NOW = st.integers(-9000 * 3600, 100 * 3600).map(lambda s: STARTS_AT + timedelta(seconds=s))
TIERS = st.builds(
    lambda hours, percents: [
        RefundTier(hours_before=hour, percent=percent)
        for hour, percent in zip(
            sorted(hours, reverse=True), sorted(percents, reverse=True), strict=False
        )
    ],
    st.sets(st.integers(0, 8760), max_size=5),
    st.lists(st.integers(0, 100), min_size=5, max_size=5),
).map(tuple)
TERMS = st.builds(RefundTerms, ordinary=TIERS, holiday=TIERS, non_refundable=st.booleans())


def percent(
    hours: float,
    terms: RefundTerms | None = None,
    *,
    day_type: DayType = "weekend",
    cause: Cause = "visitor",
) -> int:
    now = STARTS_AT - timedelta(hours=hours)
    return refund_percent(
        terms or RefundTerms(), starts_at=STARTS_AT, now=now, day_type=day_type, cause=cause
    )


def tiers(*steps: tuple[int, int]) -> RefundTerms:
    ordinary = tuple(RefundTier(hours_before=hours, percent=part) for hours, part in steps)
    return RefundTerms(ordinary=ordinary)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(1000, 100), (168, 100), (167.9, 80), (72, 80), (71.9, 50), (24, 50), (23.9, 0), (-1, 0)],
)
def test_the_usual_terms_give_the_whole_price_a_week_before_and_less_later(
    hours: float, expected: int
) -> None:
    assert percent(hours) == expected


@pytest.mark.parametrize(
    ("hours", "expected"), [(360, 100), (359.9, 80), (168, 80), (72, 50), (71.9, 0)]
)
def test_a_holiday_has_tiers_of_its_own(hours: float, expected: int) -> None:
    assert percent(hours, day_type="holiday") == expected


def test_earlier_than_a_first_tier_below_the_whole_comes_back_no_more_than_it_says() -> None:
    assert percent(8000, tiers((48, 70))) == 70


def test_without_tiers_all_comes_back_until_the_beginning() -> None:
    assert percent(0, tiers()) == 100
    assert percent(-0.001, tiers()) == 0


def test_a_tier_of_no_hours_counts_until_the_beginning() -> None:
    assert percent(0, tiers((24, 100), (0, 30))) == 30
    assert percent(-0.001, tiers((24, 100), (0, 30))) == 0


def test_non_refundable_gives_a_visitor_nothing() -> None:
    assert percent(9000, RefundTerms(non_refundable=True)) == 0


@pytest.mark.parametrize("cause", ["operator", "disaster"])
@PROPERTY
@given(price_fen=FEN, terms=TERMS, now=NOW, day_type=DAY_TYPE)
def test_what_operators_and_disasters_cancel_comes_back_whole(
    cause: Cause, price_fen: int, terms: RefundTerms, now: datetime, day_type: DayType
) -> None:
    refund = refund_fen(
        price_fen, terms, starts_at=STARTS_AT, now=now, day_type=day_type, cause=cause
    )
    assert refund == price_fen


@PROPERTY
@given(price_fen=FEN, terms=TERMS, moments=st.lists(NOW, min_size=2).map(sorted), day_type=DAY_TYPE)
def test_waiting_never_gives_more_and_nothing_gives_more_than_the_price(
    price_fen: int, terms: RefundTerms, moments: list[datetime], day_type: DayType
) -> None:
    refunds = [
        refund_fen(
            price_fen, terms, starts_at=STARTS_AT, now=now, day_type=day_type, cause="visitor"
        )
        for now in moments
    ]
    assert all(price_fen >= early >= late >= 0 for early, late in pairwise(refunds))


@PROPERTY
@given(terms=TERMS, now=NOW, day_type=DAY_TYPE)
def test_what_a_preview_says_holds_until_its_deadline_and_not_a_moment_longer(
    terms: RefundTerms, now: datetime, day_type: DayType
) -> None:
    def at_instant(instant: datetime) -> int:
        return refund_percent(
            terms, starts_at=STARTS_AT, now=instant, day_type=day_type, cause="visitor"
        )

    percent_now, deadline = next_step(
        terms, starts_at=STARTS_AT, now=now, day_type=day_type, cause="visitor"
    )
    assert percent_now == at_instant(now)
    if deadline is None:
        assert percent_now == 0
    else:
        assert now <= deadline <= STARTS_AT
        assert at_instant(deadline) == percent_now
        assert at_instant(deadline + timedelta(microseconds=1)) < percent_now


def test_tiers_that_give_as_much_are_one_deadline() -> None:
    step = next_step(
        tiers((72, 80), (48, 80), (24, 50)),
        starts_at=STARTS_AT,
        now=STARTS_AT - timedelta(hours=100),
        day_type="workday",
        cause="visitor",
    )
    assert step == (80, STARTS_AT - timedelta(hours=48))


def test_a_refund_is_rounded_half_up() -> None:
    now = STARTS_AT - timedelta(hours=30)
    refund = refund_fen(
        999, RefundTerms(), starts_at=STARTS_AT, now=now, day_type="workday", cause="visitor"
    )
    assert refund == 500

"""What leaving brings back: parts that sum to the price, and a promise that holds in time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.cancellation import NOTHING_PAID, SoldLine, percent_now, refund_of
from services.bookings.domain.refund_tiers import refund_fen
from shared.contracts.terms import RefundTerms, RefundTier
from tests.bookings.domain.examples import DAY_TYPES, PROPERTY

NOW = datetime(2026, 9, 12, 8, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[RefundTier, ...]:
    hours = sorted(draw(st.sets(st.integers(0, 400), max_size=4)), reverse=True)
    percents = sorted(
        draw(st.lists(st.integers(0, 100), min_size=len(hours), max_size=len(hours))), reverse=True
    )
    return tuple(
        RefundTier(hours_before=hour, percent=percent)
        for hour, percent in zip(hours, percents, strict=True)
    )


@st.composite
def sold_lines(draw: st.DrawFn) -> SoldLine:
    terms = RefundTerms(
        ordinary=draw(tiers()), holiday=draw(tiers()), non_refundable=draw(st.booleans())
    )
    ahead = draw(
        st.one_of(
            st.integers(1, 400).map(lambda hours: timedelta(hours=hours)),
            st.timedeltas(TICK, timedelta(days=20)),
        )
    )
    return SoldLine(
        price_fen=draw(st.integers(0, 10**9)),
        starts_at=NOW + ahead,
        day_type=draw(st.sampled_from((None, *DAY_TYPES))),
        refunds=terms,
        most_percent=draw(st.one_of(st.just(100), st.integers(0, 100))),
    )


@PROPERTY
@given(sold_lines())
def test_what_comes_back_and_what_is_kept_are_the_price(line: SoldLine) -> None:
    refund = refund_of(line, now=NOW, cause="visitor", in_advance=True)
    for step in filter(None, (refund.now, refund.later)):
        assert step.refund_fen + step.fee_fen == line.price_fen
        assert step.refund_fen >= 0
        assert step.fee_fen >= 0


@PROPERTY
@given(sold_lines(), st.floats(0, 1))
def test_what_was_shown_is_what_is_done_until_it_says(line: SoldLine, part: float) -> None:
    shown = refund_of(line, now=NOW, cause="visitor", in_advance=True)
    assert NOW <= shown.holds_until <= line.starts_at
    moment = NOW + (shown.holds_until - NOW) * part
    done = refund_of(line, now=moment, cause="visitor", in_advance=True)
    assert (done.now, done.holds_until, done.later) == (shown.now, shown.holds_until, shown.later)


@PROPERTY
@given(sold_lines())
def test_afterwards_comes_what_was_said_to_come(line: SoldLine) -> None:
    shown = refund_of(line, now=NOW, cause="visitor", in_advance=True)
    if shown.later is None:
        assert shown.holds_until == line.starts_at
    else:
        after = refund_of(line, now=shown.holds_until + TICK, cause="visitor", in_advance=True)
        assert after.now == shown.later
        assert after.now.refund_fen <= shown.now.refund_fen


@PROPERTY
@given(sold_lines())
def test_a_line_that_was_never_changed_gives_what_the_tiers_say(line: SoldLine) -> None:
    refund = refund_of(line, now=NOW, cause="visitor", in_advance=True)
    by_tiers = refund_fen(
        line.price_fen,
        line.refunds,
        starts_at=line.starts_at,
        now=NOW,
        day_type=line.day_type or "workday",
        cause="visitor",
    )
    if line.most_percent == 100:
        assert refund.now.refund_fen == by_tiers
    assert refund.now.refund_fen <= by_tiers
    assert (refund.now.percent or 0) <= line.most_percent
    assert refund.now.percent == percent_now(line, NOW)


@PROPERTY
@given(sold_lines())
def test_what_others_call_off_comes_back_whole(line: SoldLine) -> None:
    refund = refund_of(line, now=NOW, cause="operator", in_advance=True)
    assert (refund.now.percent, refund.now.fee_fen, refund.later) == (100, 0, None)


@PROPERTY
@given(sold_lines())
def test_what_nobody_paid_for_moves_no_money(line: SoldLine) -> None:
    refund = refund_of(line, now=NOW, cause="visitor", in_advance=False)
    assert (refund.now, refund.holds_until, refund.later) == (NOTHING_PAID, line.starts_at, None)

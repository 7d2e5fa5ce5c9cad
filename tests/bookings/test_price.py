"""What lines cost."""

import pytest

from services.bookings.domain.price import NotPricedError, line_price


def test_a_session_costs_the_sum_of_its_tickets() -> None:
    prices = {"adult": 12800, "child": 6800}
    assert line_price("session", prices, {"adult": 2, "child": 1}, units=3, nights=0) == 32400


def test_a_stay_costs_its_pitches_times_its_nights_whoever_sleeps_there() -> None:
    assert line_price("stay", {"pitch": 19900}, {"adult": 5}, units=2, nights=3) == 119400


def test_a_ticket_type_without_a_price_is_refused_by_name() -> None:
    with pytest.raises(NotPricedError) as refused:
        line_price("session", {"adult": 100}, {"senior": 1}, units=1, nights=0)
    assert refused.value.ticket_type == "senior"

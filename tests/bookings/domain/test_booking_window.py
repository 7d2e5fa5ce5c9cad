"""How early and how late something can be booked, and how many children come along."""

from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.booking_window import check_booking_window, is_bookable
from services.bookings.domain.party import TicketType, check_party, party_bounds
from services.bookings.domain.refusals import (
    AdultNeeded,
    TooEarlyToBook,
    TooLateToBook,
    TooManyChildren,
)
from shared.contracts.terms import OfferingTerms
from tests.bookings.domain.examples import PROPERTY, SATURDAY, at

NOW: Final = at(10)


def test_without_terms_whatever_is_on_sale_can_be_booked() -> None:
    check_booking_window(OfferingTerms(), at(9), SATURDAY + timedelta(days=90), NOW)


@pytest.mark.parametrize(("hour", "minute", "late"), [(11, 59, True), (12, 0, False)])
def test_a_lead_time_ends_to_the_minute(hour: int, minute: int, *, late: bool) -> None:
    terms = OfferingTerms(lead_minutes=120)
    assert is_bookable(terms, at(hour, minute), SATURDAY, NOW) is not late
    if late:
        with pytest.raises(TooLateToBook) as refused:
            check_booking_window(terms, at(hour, minute), SATURDAY, NOW)
        assert refused.value.lead_minutes == 120


def test_a_horizon_counts_the_villages_days() -> None:
    terms = OfferingTerms(horizon_days=7)
    week_later = SATURDAY + timedelta(days=7)
    check_booking_window(terms, at(23, 45, day=week_later), week_later, at(0, 1))
    with pytest.raises(TooEarlyToBook) as refused:
        next_day = week_later + timedelta(days=1)
        check_booking_window(terms, at(0, day=next_day), next_day, at(23, 59))
    assert refused.value.horizon_days == 7


def test_all_nights_of_a_stay_lie_within_the_horizon() -> None:
    terms = OfferingTerms(horizon_days=2)
    last_night = SATURDAY + timedelta(days=3)
    with pytest.raises(TooEarlyToBook):
        check_booking_window(terms, at(15, day=SATURDAY + timedelta(days=1)), last_night, NOW)


@PROPERTY
@given(
    lead=st.integers(1, 43_200),
    horizon=st.integers(1, 90),
    ahead=st.integers(-3000, 140_000),
)
def test_what_can_be_booked_lies_between_lead_time_and_horizon(
    lead: int, horizon: int, ahead: int
) -> None:
    starts_at = NOW + timedelta(minutes=ahead)
    day: date = starts_at.date()
    terms = OfferingTerms(lead_minutes=lead, horizon_days=horizon)
    inside = ahead >= lead and (day - SATURDAY).days <= horizon
    assert is_bookable(terms, starts_at, day, NOW) is inside


PARTIES: Final[list[tuple[dict[TicketType, int], type[Exception] | None]]] = [
    ({"adult": 1, "child": 2}, None),
    ({"adult": 1, "child": 3}, TooManyChildren),
    ({"adult": 1, "senior": 1, "child": 4}, None),
    ({"senior": 1, "child": 3}, TooManyChildren),
    ({"adult": 9}, None),
    ({"child": 1}, AdultNeeded),
]


@pytest.mark.parametrize(("party", "refusal"), PARTIES, ids=range(len(PARTIES)))
def test_each_adult_minds_so_many_children(
    party: dict[TicketType, int], refusal: type[Exception] | None
) -> None:
    terms = OfferingTerms(children_per_adult_most=2)
    persons, bounds = sum(party.values()), party_bounds(terms)
    if refusal is None:
        check_party(party, persons, bounds, terms)
        return
    with pytest.raises(refusal):
        check_party(party, persons, bounds, terms)


def test_where_children_may_come_alone_no_adult_minds_too_many() -> None:
    terms = OfferingTerms(children_per_adult_most=2, child_needs_adult=False)
    check_party({"child": 5}, 5, party_bounds(terms), terms)

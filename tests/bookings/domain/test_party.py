"""How large a party may be, and how it shares pitches and tickets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.party import (
    Kind,
    TicketType,
    admitted_by,
    check_party,
    party_bounds,
    persons_in,
    units_for,
)
from services.bookings.domain.refusals import AdultNeeded, PartySizeUnfit
from shared.contracts.terms import OfferingTerms
from tests.bookings.domain.examples import PROPERTY

PERSONS = st.integers(1, 1000)


def check(tickets: dict[TicketType, int], terms: OfferingTerms) -> None:
    check_party(tickets, persons_in(tickets), party_bounds(terms), terms)


@PROPERTY
@given(persons=PERSONS, persons_per_unit=st.integers(1, 12))
def test_a_stay_takes_just_enough_pitches(persons: int, persons_per_unit: int) -> None:
    units = units_for("stay", persons, persons_per_unit)
    assert units * persons_per_unit >= persons
    assert (units - 1) * persons_per_unit < persons


@PROPERTY
@given(
    kind=st.sampled_from(["stay", "table", "session", "entry"]),
    persons=PERSONS,
    persons_per_unit=st.none() | st.integers(1, 12),
)
def test_the_tickets_of_a_line_let_in_exactly_the_party(
    kind: Kind, persons: int, persons_per_unit: int | None
) -> None:
    units = units_for(kind, persons, persons_per_unit)
    admitted = [admitted_by(kind, persons, units, ordinal) for ordinal in range(1, units + 1)]
    assert sum(admitted) == persons
    assert max(admitted) - min(admitted) <= 1
    if kind == "stay" and persons_per_unit is not None:
        assert max(admitted) <= persons_per_unit


@pytest.mark.parametrize("kind", ["session", "entry"])
def test_sessions_and_entries_have_a_ticket_for_each_person(kind: Kind) -> None:
    assert units_for(kind, 5, None) == 5
    assert [admitted_by(kind, 5, 5, ordinal) for ordinal in range(1, 6)] == [1] * 5


def test_the_one_ticket_of_a_table_admits_the_whole_party() -> None:
    assert units_for("table", 7, 4) == 1
    assert admitted_by("table", 7, 1, 1) == 7


def test_a_party_is_at_most_twenty_where_the_terms_do_not_say_it() -> None:
    check({"adult": 20}, OfferingTerms())
    with pytest.raises(PartySizeUnfit) as refused:
        check({"adult": 21}, OfferingTerms())
    assert (refused.value.least, refused.value.most) == (1, 20)


def test_the_terms_may_allow_larger_parties_and_ask_for_a_smallest() -> None:
    terms = OfferingTerms(party_least=10, party_most=200)
    check({"adult": 10}, terms)
    check({"adult": 200}, terms)
    for persons in (9, 201):
        with pytest.raises(PartySizeUnfit) as refused:
            check({"adult": persons}, terms)
        assert (refused.value.least, refused.value.most) == (10, 200)


def test_a_smallest_party_above_twenty_can_still_be_booked() -> None:
    check({"adult": 30}, OfferingTerms(party_least=30))


def test_nobody_is_no_party() -> None:
    with pytest.raises(PartySizeUnfit):
        check({"adult": 0}, OfferingTerms())


@pytest.mark.parametrize("minder", ["adult", "senior"])
def test_children_come_with_an_adult_or_a_senior(minder: TicketType) -> None:
    check({"child": 2, minder: 1}, OfferingTerms())
    with pytest.raises(AdultNeeded):
        check({"child": 2, minder: 0}, OfferingTerms())


def test_children_come_alone_where_the_terms_allow_it() -> None:
    check({"child": 2}, OfferingTerms(child_needs_adult=False))

"""How a party shares pitches and tickets."""

from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.party import admitted_by, units_for

PERSONS = st.integers(1, 200)


@given(persons=PERSONS, persons_per_unit=st.integers(1, 12))
def test_a_stay_takes_just_enough_pitches(persons: int, persons_per_unit: int) -> None:
    units = units_for("stay", persons, persons_per_unit)
    assert units * persons_per_unit >= persons
    assert (units - 1) * persons_per_unit < persons


@given(persons=PERSONS, persons_per_unit=st.integers(1, 12))
def test_the_tickets_of_a_stay_let_in_exactly_the_party(
    persons: int, persons_per_unit: int
) -> None:
    units = units_for("stay", persons, persons_per_unit)
    admitted = [admitted_by("stay", persons, units, ordinal) for ordinal in range(1, units + 1)]
    assert sum(admitted) == persons
    assert max(admitted) <= persons_per_unit
    assert max(admitted) - min(admitted) <= 1


def test_a_session_has_a_ticket_for_each_person() -> None:
    assert units_for("session", 5, None) == 5
    assert [admitted_by("session", 5, 5, ordinal) for ordinal in range(1, 6)] == [1] * 5

"""Which tables seat a party, and for how long."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.bookings.domain.refusals import TableTooSmall
from services.bookings.domain.tables import TableSet, seating_minutes, sets_that_seat, table_sets
from shared.contracts.terms import OfferingTerms, SeatingStep
from tests.bookings.domain.examples import PROPERTY, option

# A café with tables for two, four and six, some of which can be pushed together.
CAFE = OfferingTerms.model_validate(
    {
        "options": [option("two", 2), option("four", 4), option("six", 6)],
        "joins": [
            {"options": ["four", "two"], "persons": 6},
            {"options": ["two", "two"], "persons": 4},
            {"options": ["four", "four"], "persons": 8},
        ],
    },
    strict=False,
)


def seats(persons: int) -> list[dict[str, int]]:
    return [dict(tables.tables) for tables in sets_that_seat(persons, table_sets(CAFE))]


@pytest.mark.parametrize(
    ("persons", "first"),
    [
        (1, {"two": 1}),
        (3, {"four": 1}),
        (4, {"four": 1}),
        (5, {"six": 1}),
        (7, {"four": 2}),
    ],
)
def test_a_party_gets_the_smallest_table_or_join_that_fits(
    persons: int, first: dict[str, int]
) -> None:
    assert seats(persons)[0] == first


def test_what_wastes_fewer_seats_comes_first_and_of_equals_what_needs_fewer_tables() -> None:
    assert seats(4) == [
        {"four": 1},
        {"two": 2},
        {"six": 1},
        {"four": 1, "two": 1},
        {"four": 2},
    ]


def test_a_join_of_two_comes_before_a_join_of_three_that_seats_as_many() -> None:
    joins = [
        {"options": ["two", "two", "two"], "persons": 6},
        {"options": ["four", "two"], "persons": 6},
    ]
    terms = {"options": [option("two", 2), option("four", 4)], "joins": joins}
    sets = table_sets(OfferingTerms.model_validate(terms, strict=False))
    assert [dict(tables.tables) for tables in sets_that_seat(5, sets)] == [
        {"four": 1, "two": 1},
        {"two": 3},
    ]


def test_a_party_that_no_table_takes_hears_how_many_one_does() -> None:
    with pytest.raises(TableTooSmall) as refused:
        seats(9)
    assert refused.value.most == 8


@PROPERTY
@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=6),
    joins=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 24)), max_size=8),
    persons=st.integers(1, 30),
)
def test_exactly_the_tables_and_joins_that_are_large_enough_are_tried(
    sizes: list[int], joins: list[tuple[int, int, int]], persons: int
) -> None:
    assume(all(max(one, other) < len(sizes) for one, other, _ in joins))
    terms: dict[str, Any] = {
        "options": [option(f"t{number}", size) for number, size in enumerate(sizes)],
        "joins": [
            {"options": [f"t{one}", f"t{other}"], "persons": together}
            for one, other, together in joins
        ],
    }
    sets = table_sets(OfferingTerms.model_validate(terms, strict=False))
    large_enough = [size for size in [*sizes, *(join[2] for join in joins)] if size >= persons]
    if not large_enough:
        with pytest.raises(TableTooSmall) as refused:
            sets_that_seat(persons, sets)
        assert refused.value.most == max(tables.persons for tables in sets)
        return
    fitting = sets_that_seat(persons, sets)
    assert [tables.persons for tables in fitting] == sorted(large_enough)
    assert fitting == sorted(fitting, key=wasted_and_tables)


def wasted_and_tables(tables: TableSet) -> tuple[int, int]:
    return tables.persons, sum(tables.tables.values())


STEPS = (
    SeatingStep(up_to_persons=2, minutes=60),
    SeatingStep(up_to_persons=4, minutes=90),
    SeatingStep(up_to_persons=6, minutes=120),
)


@pytest.mark.parametrize(("persons", "minutes"), [(1, 60), (2, 60), (3, 90), (6, 120), (7, 120)])
def test_larger_parties_keep_their_table_longer(persons: int, minutes: int) -> None:
    assert seating_minutes(STEPS, persons) == minutes


def test_a_party_keeps_its_table_for_an_hour_and_a_half_where_the_terms_do_not_say_it() -> None:
    assert seating_minutes((), 4) == 90

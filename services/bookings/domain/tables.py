"""Which tables seat a party, and for how long."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.bookings.domain.refusals import TableTooSmall
from shared.contracts.terms import OfferingTerms, SeatingStep

USUAL_MINUTES: Final = 90


@dataclass(frozen=True, slots=True)
class TableSet:
    """One table or a join of several: how many of each size, and who sits there."""

    tables: Mapping[str, int]
    persons: int


def table_sets(terms: OfferingTerms) -> tuple[TableSet, ...]:
    """Return all tables and joins, the smallest first, of equal ones that with fewest tables."""
    singles = [TableSet({option.code: 1}, option.persons) for option in terms.options]
    joins = [TableSet(Counter(join.options), join.persons) for join in terms.joins]
    return tuple(
        sorted(singles + joins, key=lambda tables: (tables.persons, sum(tables.tables.values())))
    )


def sets_that_seat(persons: int, sets: Sequence[TableSet]) -> list[TableSet]:
    """Return what seats a party, in the order of the fewest wasted seats. Raises TableTooSmall."""
    fitting = [tables for tables in sets if tables.persons >= persons]
    if not fitting:
        raise TableTooSmall(max((tables.persons for tables in sets), default=0))
    return fitting


def seating_minutes(steps: Iterable[SeatingStep], persons: int) -> int:
    """Return how long a party keeps its table; one beyond the last step, as long as that says."""
    minutes = USUAL_MINUTES
    for step in steps:
        minutes = step.minutes
        if persons <= step.up_to_persons:
            break
    return minutes

"""Which terms go with which kind of offering."""

from collections import Counter
from typing import Final

from shared.contracts.terms import OfferingKind, OfferingTerms

KINDS_WITH_OPTIONS: Final[frozenset[OfferingKind]] = frozenset({"stay", "table"})
FOR_STAYS: Final = ("nights_least", "nights_most", "arrival_weekdays")
FOR_TABLES: Final = ("joins", "seating")
_DEFAULTS: Final = OfferingTerms()


def units_in(terms: OfferingTerms) -> int | None:
    """Return how many units each slot has by its options; None where there are none."""
    return sum(option.units for option in terms.options) if terms.options else None


def terms_faults(kind: OfferingKind, terms: OfferingTerms) -> list[tuple[str, str]]:
    """Return what is wrong with the terms of an offering, as pairs of a field and a code.

    A term of another kind may stand there as long as it says what it says by default, so that
    whoever reads all terms can send them back.
    """
    found: list[tuple[str, str]] = []
    if terms.options and kind not in KINDS_WITH_OPTIONS:
        found.append(("terms/options", "for_stays_and_tables_alone"))
    if kind == "table" and not terms.options:
        found.append(("terms/options", "table_sizes_missing"))
    if kind != "stay":
        found += [(f"terms/{name}", "for_stays_alone") for name in _said(terms, FOR_STAYS)]
    if kind != "table":
        found += [(f"terms/{name}", "for_tables_alone") for name in _said(terms, FOR_TABLES)]
    return found or _impossible_joins(terms)


def _said(terms: OfferingTerms, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if getattr(terms, name) != getattr(_DEFAULTS, name)]


def _impossible_joins(terms: OfferingTerms) -> list[tuple[str, str]]:
    """Return the joins that need more tables of a size than there are."""
    units = Counter({option.code: option.units for option in terms.options})
    return [
        (f"terms/joins/{place}", "join_without_tables")
        for place, join in enumerate(terms.joins)
        if not Counter(join.options) <= units
    ]

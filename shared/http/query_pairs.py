"""Writing the parameters of a query, in the one spelling that services read."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from enum import Enum
from uuid import UUID

Parameter = str | int | bool | date | UUID | Enum | None
Parameters = Mapping[str, Parameter | Sequence[Parameter] | AbstractSet[Parameter]]


def query_pairs(params: Parameters) -> list[tuple[str, str]]:
    """Return the pairs of a query: None is left out, several values repeat the name."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        several = value if isinstance(value, list | tuple | set | frozenset) else (value,)
        pairs += [(name, _text(one)) for one in several if one is not None]
    return pairs


def _text(value: Parameter) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, date) else str(value)

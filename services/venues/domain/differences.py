"""What two versions of something differ in, field by field, for people to read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeGuard

from pydantic import JsonValue

_LANGUAGES: Final = frozenset({"zh", "en"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A field, what it was and what it is; parts of objects are named as `terms/party_most`."""

    field: str
    before: JsonValue
    after: JsonValue


def differences(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> list[Difference]:
    """Return the fields that differ, in the order in which they stand.

    Objects are compared part by part; lists, and texts in two languages, as a whole. What is
    missing on one side counts as null.
    """
    return list(_between("", before, after))


def _between(
    path: str, before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> Iterator[Difference]:
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        if _has_parts(was) and _has_parts(now):
            yield from _between(f"{path}{name}/", was, now)
        elif was != now:
            yield Difference(f"{path}{name}", was, now)


def _has_parts(value: JsonValue) -> TypeGuard[dict[str, JsonValue]]:
    return isinstance(value, dict) and not value.keys() <= _LANGUAGES

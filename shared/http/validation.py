"""What pydantic found wrong, in words of our own: where, which rule, and its figures.

`ValidationFailed.params["errors"]` holds one entry for each field: `in` (body, query, path,
header), `field` (a JSON pointer, RFC 6901), `code`, and the rule's figures. The sentence is added
when the problem is rendered, from the catalogue's `field.<code>`, in the caller's language. A
model's own rule raises `PydanticCustomError("ends_before_start", ...)` and has its sentence in
its service's catalogue.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import JsonValue, ValidationError

from shared.core.errors import ValidationFailed
from shared.core.localized import Language
from shared.core.texts import Catalogue

Place = Literal["body", "query", "path", "header"]

LISTED: Final = 20
SHOWN_CHARACTERS: Final = 64

_EXACT: Final[Mapping[str, str]] = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "string_too_short": "text_too_short",
    "string_too_long": "text_too_long",
    "too_short": "too_few",
    "too_long": "too_many",
    "greater_than": "not_above",
    "greater_than_equal": "too_small",
    "less_than": "not_below",
    "less_than_equal": "too_large",
    "finite_number": "number",
    "literal_error": "not_one_of",
    "enum": "not_one_of",
    "union_tag_invalid": "not_one_of",
    "union_tag_not_found": "not_one_of",
    "string_pattern_mismatch": "format",
    "multiple_of": "multiple_of",
}
# Pydantic names the ways of missing a type `int_type`, `int_parsing`, `int_from_float`, …
_BY_PREFIX: Final[Mapping[str, str]] = {
    "int": "integer",
    "float": "number",
    "decimal": "number",
    "bool": "boolean",
    "string": "text",
    "uuid": "id",
    "date": "date",
    "time": "time",
    "datetime": "instant",
    "instant": "instant",
    "timezone": "instant",
    "model": "object",
    "dict": "object",
    "list": "list",
    "tuple": "list",
    "set": "list",
}
_FIGURES: Final[Mapping[str, str]] = {
    "min_length": "limit",
    "max_length": "limit",
    "gt": "limit",
    "ge": "limit",
    "lt": "limit",
    "le": "limit",
    "multiple_of": "limit",
    "expected": "expected",
    "expected_tags": "expected",
}


def invalid(place: Place, field: str, code: str, **figures: JsonValue) -> ValidationFailed:
    """Return the error of one field, for rules that a handler checks itself."""
    return ValidationFailed(errors=[field_error(place, field, code, **figures)])


def field_error(place: Place, field: str, code: str, **figures: JsonValue) -> dict[str, JsonValue]:
    """Return one entry of `errors`; `field` is a JSON pointer such as `/lines/0/date`."""
    return {"in": place, "field": field, "code": code, **figures}


def failed(place: Place, error: ValidationError) -> ValidationFailed:
    """Translate pydantic's findings, without the values that the caller sent."""
    found = error.errors(include_url=False, include_input=False)
    return ValidationFailed(
        errors=[
            field_error(
                place, pointer(entry["loc"]), _code(entry["type"]), **_figures(entry.get("ctx", {}))
            )
            for entry in found[:LISTED]
        ]
    )


def pointer(location: Iterable[int | str]) -> str:
    """Return a location as a JSON pointer; names that the caller made up are cut short."""
    steps = (str(step)[:SHOWN_CHARACTERS] for step in location)
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _code(kind: str) -> str:
    return _EXACT.get(kind) or _BY_PREFIX.get(kind.partition("_")[0]) or kind


def _figures(context: Mapping[str, Any]) -> dict[str, JsonValue]:
    return {
        _FIGURES[name]: value if isinstance(value, int | float | str) else str(value)
        for name, value in context.items()
        if name in _FIGURES
    }


def with_messages(
    errors: JsonValue, texts: Catalogue, language: Language
) -> list[dict[str, JsonValue]]:
    """Return the entries of `errors` with a sentence each."""
    entries = (
        [dict(entry) for entry in errors if isinstance(entry, dict)]
        if (isinstance(errors, list))
        else []
    )
    for entry in entries:
        entry.setdefault("message", _message(entry, texts, language))
    return entries


def _message(entry: Mapping[str, JsonValue], texts: Catalogue, language: Language) -> str:
    key = f"field.{entry.get('code')}"
    if not texts.has(key):
        key = "field.wrong"
    return texts.text(key, language, **entry)

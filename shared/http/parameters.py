"""Parameters of path and query: strings, read by the strict rules of a JSON body.

Each parameter is turned into the JSON that its field expects, then the model reads that JSON
strictly. A value has one spelling: `5` is an integer; ` 5 `, `05`, `+5`, `5.0` and `0x5` are not.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from json.encoder import encode_basestring_ascii
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from shared.core.errors import ValidationFailed
from shared.http.validation import LISTED, Place, failed, field_error, pointer

Parameters = TypeVar("Parameters", bound=BaseModel)
Writer = Callable[[str], str]

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def _as_text(value: str) -> str:
    return encode_basestring_ascii(value)


def _as_integer(value: str) -> str:
    return value if _INTEGER.fullmatch(value) else _as_text(value)


def _as_number(value: str) -> str:
    return value if _NUMBER.fullmatch(value) else _as_text(value)


def _as_boolean(value: str) -> str:
    return value if value in {"true", "false"} else _as_text(value)


def _as_id(value: str) -> str:
    # pydantic also reads braces, `urn:uuid:` and no hyphens: two addresses for one thing.
    return _as_text(value if _UUID.fullmatch(value) else "")


_WRITERS: Final[Mapping[str, Writer]] = {
    "integer": _as_integer,
    "number": _as_number,
    "boolean": _as_boolean,
}


class ParameterReader(Generic[Parameters]):
    """Reads one model from the pairs of a query or of a path."""

    def __init__(self, model: type[Parameters], place: Place) -> None:
        self._model = model
        self._place = place
        self._writers, self._lists = _fields_of(model)

    def read(self, pairs: Iterable[tuple[str, str]]) -> Parameters:
        """Return the model; raise ValidationFailed for what is unknown, repeated or wrong."""
        singles: dict[str, str] = {}
        lists: dict[str, list[str]] = {}
        repeated: set[str] = set()
        for name, value in pairs:
            if "\0" in value:
                raise self._failed("format", {name})
            written = self._writers.get(name, _as_text)(value)
            if name in self._lists:
                lists.setdefault(name, []).append(written)
            elif name in singles:
                repeated.add(name)
            else:
                singles[name] = written
        if repeated:
            raise self._failed("repeated", repeated)
        members = [f"{_as_text(name)}:{value}" for name, value in singles.items()]
        members += [f"{_as_text(name)}:[{','.join(all_)}]" for name, all_ in lists.items()]
        text = "{" + ",".join(members) + "}"
        try:
            return self._model.model_validate_json(text)
        except ValidationError as error:
            raise failed(self._place, error) from None

    def _failed(self, code: str, names: set[str]) -> ValidationFailed:
        listed = sorted(names)[:LISTED]
        return ValidationFailed(
            errors=[field_error(self._place, pointer([name]), code) for name in listed]
        )


@cache
def _fields_of(model: type[BaseModel]) -> tuple[Mapping[str, Writer], frozenset[str]]:
    """Return how each field is written as JSON, and which of them are lists."""
    writers: dict[str, Writer] = {}
    lists: set[str] = set()
    schema = model.model_json_schema()
    for name, field in schema.get("properties", {}).items():
        plain = _plain(field, schema)
        if plain.get("type") == "array":
            lists.add(name)
            plain = _plain(plain.get("items") or plain["prefixItems"][0], schema)
        writers[name] = (
            _as_id if plain.get("format") == "uuid" else _WRITERS.get(plain.get("type", ""))
        ) or _as_text
    return writers, frozenset(lists)


def _plain(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a field without the wrappings of references and of `or null`."""
    if "$ref" in field:
        return _plain(schema["$defs"][field["$ref"].rpartition("/")[2]], schema)
    choices = [choice for choice in field.get("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) == 1:
        return _plain(choices[0], schema)
    if "allOf" in field and len(field["allOf"]) == 1:
        return _plain(field["allOf"][0], schema)
    return field

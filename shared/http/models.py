"""Base models of what comes in and goes out over HTTP.

What comes in is strict: no field is guessed from another type, none is unknown, nothing can be
changed afterwards. Parameters of the path and the query are strings on the wire; they are read
by the same strict rules in exactly one spelling (see `parameters.py`).
"""

import re
from datetime import datetime
from typing import Annotated, Final, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Strict
from pydantic_core import PydanticCustomError

_INCOMING: Final = ConfigDict(
    strict=True,
    frozen=True,
    extra="forbid",
    allow_inf_nan=False,
    validate_by_name=False,
    validate_by_alias=True,
)
_RFC3339: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)


def _rfc3339(value: object) -> datetime:
    """Read one spelling only: pydantic would take numbers in strings for timestamps."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass  # well spelt, but no such moment: the 30th of February
    raise PydanticCustomError("instant", "Input should be an instant with its offset")


# An instant as APIs take it: ISO 8601 with an offset, and nothing that looks like one.
# (After a validator of ours pydantic no longer knows that the text came from JSON: so not strict.)
Instant = Annotated[AwareDatetime, Strict(strict=False), BeforeValidator(_rfc3339)]


class Body(BaseModel):
    """The JSON body of a request, and each object inside it."""

    model_config = _INCOMING


class Path(BaseModel):
    """The variable parts of a route's path, one field for each `{name}`."""

    model_config = _INCOMING


class Query(BaseModel):
    """The query's parameters: unknown ones are refused, single ones must not repeat.

    A field of type `tuple[T, ...]` or `list[T]` takes repeats (`?offering=a&offering=b`).
    """

    model_config = _INCOMING


class Reply(BaseModel):
    """An answer, and each object inside it."""

    model_config = ConfigDict(
        frozen=True,
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


Item = TypeVar("Item")


class Page(Reply, Generic[Item]):
    """One page of a list; `next` is the cursor of the page that follows, or null at the end."""

    items: list[Item]
    next: str | None = None

"""Base models of what comes in and goes out over HTTP.

What comes in is strict: no field is guessed from another type, none is unknown, nothing can be
changed afterwards. Parameters of the path and the query are strings on the wire; they are read
by the same strict rules in exactly one spelling (see `parameters.py`).
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
)
from pydantic_core import PydanticCustomError

from shared.core.visible_text import UnfitTextError, many_lines, one_line

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


_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Far enough for every real plan, and near enough for arithmetic with days.
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2200, 1, 1)
LONGEST_PERSON_NAME: Final = 60


def _rfc3339(value: object) -> datetime:
    """Read one spelling only: pydantic would take numbers in strings for timestamps."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        try:
            instant = datetime.fromisoformat(value)
            instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # well spelt, but no such moment: the 30th of February, or before year 1 in UTC
        else:
            return instant
    raise PydanticCustomError("instant", "Input should be an instant with its offset")


def _day(value: object) -> date:
    """Read one spelling only, like `_rfc3339`."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # no such day
    raise PydanticCustomError("date", "Input should be a date")


def line(most: int) -> Callable[[str], str]:
    """Return a check for short texts: one visible line of at most `most` characters."""
    return lambda text: _visible(one_line, text, most)


def lines(most: int) -> Callable[[str], str]:
    """Return a check for longer texts: visible, of at most `most` characters."""
    return lambda text: _visible(many_lines, text, most)


def _visible(read: Callable[[str], str], text: str, most: int) -> str:
    # Composing takes the square of a hostile text's length, and shortens honest ones a little.
    try:
        composed = text if len(text) > 4 * most else read(text)
    except UnfitTextError as unfit:
        raise PydanticCustomError(unfit.fault, "Input should be visible text") from None
    if len(composed) > most:
        raise PydanticCustomError("string_too_long", "too long", {"max_length": most})
    return composed


# An instant as APIs take it: ISO 8601 with an offset, and nothing that looks like one.
# (After a validator of ours pydantic no longer knows that the text came from JSON: so not strict.)
Instant = Annotated[AwareDatetime, Strict(strict=False), BeforeValidator(_rfc3339)]
# A day as APIs take it, by the calendar of the villages.
Day = Annotated[date, Strict(strict=False), Field(ge=FIRST_DAY, le=LAST_DAY), BeforeValidator(_day)]
# What a person is called, as they write it.
PersonName = Annotated[
    str,
    AfterValidator(line(LONGEST_PERSON_NAME)),
    Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_PERSON_NAME}),
]


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


class Headers(BaseModel):
    """Headers of a route's own; a field's alias is the header's name, whatever its case.

    Others are none of the route's business: browsers and proxies add theirs.
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

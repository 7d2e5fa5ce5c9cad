"""Cursors: where the next page of a list begins, as a string that callers just hand back."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeVar
from uuid import UUID

from pydantic import Field, JsonValue

from shared.core.errors import ValidationFailed
from shared.http.validation import invalid

LONGEST_CURSOR: Final = 512

Item = TypeVar("Item")

# The `limit` and `cursor` parameters of a list's query.
Limit = Annotated[int, Field(ge=1, le=100, description="How many items a page has at most.")]
Cursor = Annotated[
    str, Field(max_length=LONGEST_CURSOR, description="`next` of the page before this one.")
]


def encode_cursor(position: dict[str, JsonValue]) -> str:
    """Return the cursor of a position, such as the sort key of a page's last item."""
    text = json.dumps(position, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> dict[str, JsonValue]:
    """Return the position of a cursor; raise ValidationFailed for one that we never gave.

    A caller can still make up a position, so what is in it is checked like any parameter.
    """
    if len(cursor) > LONGEST_CURSOR:
        raise _not_ours()
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _not_ours() from None
    if not isinstance(position, dict) or encode_cursor(position) != cursor:
        raise _not_ours()
    return position


def position_of(cursor: str | None) -> UUID | None:
    """Return the id of the last item of the page before, or None for the first page.

    For lists in the order of their ids. Raises ValidationFailed for a cursor that we never gave.
    """
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor).get("after")))
    except ValueError:
        raise _not_ours() from None


def page_of(
    found: Sequence[Item], limit: int, id_of: Callable[[Item], UUID]
) -> tuple[list[Item], str | None]:
    """Return the page's items and the next page's cursor.

    `found` holds one item more than the page where another page follows.
    """
    items = list(found[:limit])
    if len(found) <= limit:
        return items, None
    return items, encode_cursor({"after": id_of(items[-1]).hex})


def _not_ours() -> ValidationFailed:
    return invalid("query", "/cursor", "cursor")

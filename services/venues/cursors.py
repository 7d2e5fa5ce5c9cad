"""Pages of things in the order of their ids, which is that of their creation (UUIDv7)."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from shared.http.paging import decode_cursor, encode_cursor
from shared.http.validation import invalid

Item = TypeVar("Item")


def after(cursor: str | None) -> UUID | None:
    """Return the id after which the page begins. Raises ValidationFailed for a bad cursor."""
    if cursor is None:
        return None
    position = decode_cursor(cursor).get("after")
    try:
        return UUID(hex=str(position))
    except ValueError:
        raise invalid("query", "/cursor", "cursor") from None


def next_cursor(
    found: Sequence[Item], limit: int, id_of: Callable[[Item], UUID]
) -> tuple[list[Item], str | None]:
    """Return the page's items and the next page's cursor, of up to `limit` + 1 that were found."""
    items = list(found[:limit])
    if len(found) <= limit:
        return items, None
    return items, encode_cursor({"after": id_of(items[-1]).hex})

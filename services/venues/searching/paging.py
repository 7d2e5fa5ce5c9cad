"""Pages of ranked venues: the cursor holds where the last venue stood, and how words were found."""

from dataclasses import dataclass
from typing import Final, get_args
from uuid import UUID

from services.venues.domain.ranking import Ranked
from services.venues.domain.search_query import Mode
from services.venues.searching.finding import Found
from shared.core.errors import ValidationFailed
from shared.http.paging import decode_cursor, encode_cursor
from shared.http.validation import invalid

_MODES: Final = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Position:
    """Behind which venue a page begins.

    A venue whose points change meanwhile moves; all others are shown once, none is left out.
    """

    score: int
    venue_id: UUID
    mode: Mode | None

    @property
    def key(self) -> tuple[int, UUID]:
        """The key of the venue; see `Ranked`."""
        return (-self.score, self.venue_id)


def position_of(cursor: str | None) -> Position | None:
    """Return the position of a cursor. Raises ValidationFailed for one that we never gave."""
    if cursor is None:
        return None
    given = decode_cursor(cursor)
    score, after, mode = given.get("score"), given.get("after"), given.get("match")
    if type(score) is not int or not (mode is None or mode in _MODES):
        raise _not_ours()
    try:
        return Position(score, UUID(str(after)), mode)  # type: ignore[arg-type] # looked at above
    except ValueError:
        raise _not_ours() from None


def page_after(
    found: Found, position: Position | None, limit: int
) -> tuple[list[Ranked], str | None]:
    """Return the venues of a page, and the cursor of the next one."""
    rest = [one for one in found.venues if position is None or one.key > position.key]
    shown = rest[:limit]
    if len(rest) <= limit:
        return shown, None
    last = shown[-1]
    return shown, encode_cursor(
        {"score": last.score, "after": last.candidate.venue_id.hex, "match": found.mode}
    )


def _not_ours() -> ValidationFailed:
    return invalid("query", "/cursor", "cursor")

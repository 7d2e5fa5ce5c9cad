"""List what was told of a year, and by whom."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.venues.errors import CalendarYearUnknown
from services.venues.paths import CalendarPath
from shared.contracts.venues import CalendarDay
from shared.db import acquire, fetch_all
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query, Reply
from shared.http.paging import Cursor, decode_cursor, encode_cursor
from shared.http.route import route
from shared.http.validation import invalid

MOST: Final = 20


class VersionsQuery(Query):
    """Which page; a year's version has hundreds of days, so pages are short."""

    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = MOST


class CalendarVersionView(Reply):
    """The days of a year as they counted from `published_at` on.

    Nobody entered those that come with the service.
    """

    year: int
    version: int
    source: str
    days: tuple[CalendarDay, ...]
    published_at: datetime
    published_by: UUID | None


VERSIONS: Final = """
select year, version, source, days, published_at, published_by
from calendar_versions
where year = $1 and ($2::integer is null or version < $2)
order by version desc
limit $3
"""


@route(
    "GET",
    "/v1/calendars/{year}/versions",
    access=may("calendar.change"),
    errors=(CalendarYearUnknown,),
)
async def list_calendar_versions(
    request: web.Request, path: CalendarPath, query: VersionsQuery
) -> Page[CalendarVersionView]:
    """List the versions of a year, the latest first; what was told once stays here."""
    before = _before(query.cursor)
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(
            conn, CalendarVersionView, VERSIONS, path.year, before, query.limit + 1
        )
    if not found and before is None:
        raise CalendarYearUnknown(year=path.year)
    items = found[: query.limit]
    following = encode_cursor({"before": items[-1].version}) if len(found) > len(items) else None
    return Page[CalendarVersionView](items=items, next=following)


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    version = decode_cursor(cursor).get("before")
    if not isinstance(version, int) or not 0 < version < 2**31:
        raise invalid("query", "/cursor", "cursor")
    return version

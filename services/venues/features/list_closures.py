"""List closures: what is proposed, in force and over."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.venues.closures.views import FIND, ClosureView
from services.venues.domain.closing import STANDINGS, Standing
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Instant, Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route

MOST_STATES: Final = len(STANDINGS)


class ClosuresQuery(Query):
    """Which closures; all that is given must hold."""

    state: tuple[Standing, ...] = Field((), max_length=MOST_STATES, description="Any of these.")
    village: UUID | None = Field(None, description="It names the village, or a venue in it.")
    closed_after: Instant | None = Field(None, alias="from", description="It ends later.")
    closed_before: Instant | None = Field(None, alias="until", description="It begins earlier.")
    cursor: Cursor | None = None
    limit: Limit = 20


@route("GET", "/v1/closures", access=may("closure.read"))
async def list_closures(
    request: web.Request, caller: Caller, query: ClosuresQuery
) -> Page[ClosureView]:
    """List closures, the latest first: all to the office, to operators their own."""
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(
            conn, ClosureView, FIND, *_arguments(caller, query, request.app[CLOCK].now())
        )
    items, following = page_of(found, query.limit, lambda one: one.closure_id)
    return Page[ClosureView](items=items, next=following)


def _arguments(caller: Caller, query: ClosuresQuery, now: datetime) -> tuple[object, ...]:
    reach = caller.reach("closure.read")
    return (
        None,
        now,
        query.limit + 1,
        position_of(query.cursor),
        list(query.state) or None,
        query.village,
        query.closed_after,
        query.closed_before,
        caller.is_office,
        reach.organisations,
        reach.venues,
    )

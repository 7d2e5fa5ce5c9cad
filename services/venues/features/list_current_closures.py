"""List what is shut now or soon, for everybody."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.venues.caching import readable
from services.venues.closures.showing import ClosureInForce, find_in_force
from shared.contracts.terms import OfferingKind
from shared.contracts.venues import ClosureCause
from shared.core.localized import LocalizedText
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Page, Query, Reply
from shared.http.route import route

# More at once would be of no use to anybody who reads them.
MOST: Final = 200


class CurrentClosuresQuery(Query):
    """Which closures."""

    venue: UUID | None = Field(None, description="Those that are about this venue.")


class OpenAgain(Reply):
    """A part that is open again, for what begins at `open_from` or later; all of what is empty."""

    village_ids: tuple[UUID, ...]
    venue_ids: tuple[UUID, ...]
    kinds: tuple[OfferingKind, ...]
    open_from: datetime


class CurrentClosure(Reply):
    """What is shut, until when, and why; without kinds all kinds, without offerings all of them."""

    closure_id: UUID
    village_ids: tuple[UUID, ...]
    venue_ids: tuple[UUID, ...]
    offering_ids: tuple[UUID, ...]
    kinds: tuple[OfferingKind, ...]
    closed_from: datetime
    closed_until: datetime
    cause: ClosureCause
    reason: LocalizedText
    open_again: tuple[OpenAgain, ...]


@route("GET", "/v1/closures/current", access=may("public.read"))
async def list_current_closures(
    request: web.Request, caller: Caller | None, query: CurrentClosuresQuery
) -> Page[CurrentClosure] | web.Response:
    """List the closures that are in force and not over, the first to begin first."""
    now = request.app[CLOCK].now()
    venues = None if query.venue is None else [query.venue]
    async with acquire(request.app[DATABASE]) as conn:
        found = await find_in_force(conn, venues, now)
    page = Page[CurrentClosure](items=[_shown(closure) for closure in found[:MOST]])
    return readable(request, caller, page)


def _shown(closure: ClosureInForce) -> CurrentClosure:
    return CurrentClosure(
        closure_id=closure.closure_id,
        village_ids=tuple(closure.village_ids),
        venue_ids=tuple(closure.venue_ids),
        offering_ids=tuple(closure.offering_ids),
        kinds=tuple(closure.kinds),
        closed_from=closure.closed_from,
        closed_until=closure.closed_until,
        cause=closure.cause,
        reason=closure.reason,
        open_again=tuple(
            OpenAgain(
                village_ids=tuple(sorted(part.villages)),
                venue_ids=tuple(sorted(part.venues)),
                kinds=tuple(sorted(part.kinds)),
                open_from=part.open_from,
            )
            for part in closure.parts
        ),
    )

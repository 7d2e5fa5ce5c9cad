"""Reopen a part of a closure, or all that is left of it; the rest stays shut."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.venues.closures.keeping import (
    LockedClosure,
    find_parts,
    find_villages,
    lock_closure,
    record,
)
from services.venues.closures.views import ClosureView, closure_view
from services.venues.domain.closing import Part, lies_in, over_at
from services.venues.errors import ClosureStateConflict, NothingToReopen
from services.venues.paths import ClosurePath
from shared.contracts.terms import OfferingKind
from shared.contracts.venues import ClosureLifted
from shared.core.errors import NotAllowed, NotFound
from shared.db import Connection, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Body, Instant
from shared.http.route import route
from shared.messaging import outbox

MOST_PLACES: Final = 100


class ReopenClosure(Body):
    """What is open again, for what begins at `from` or later; without it from now on.

    Without villages and venues it is the whole area, without kinds all of them.
    """

    villages: Annotated[tuple[UUID, ...], Field(max_length=MOST_PLACES)] = ()
    venues: Annotated[tuple[UUID, ...], Field(max_length=MOST_PLACES)] = ()
    kinds: Annotated[tuple[OfferingKind, ...], Field(max_length=4)] = ()
    open_from: Instant | None = Field(None, alias="from")


KEEP: Final = """
insert into closure_reopenings (closure_id, number, village_ids, venue_ids, kinds, open_from)
values ($1, $2, $3, $4, $5, $6)
"""

COUNT: Final = """
update closures
set over_at = $2, edit_version = edit_version + 1, event_version = $3
where closure_id = $1
"""


@route(
    "POST",
    "/v1/closures/{closure_id}/reopenings",
    access=may("closure.enter"),
    status=201,
    idempotent=True,
    errors=(NotAllowed, NotFound, ClosureStateConflict, NothingToReopen),
)
async def reopen_closure(
    request: web.Request,
    caller: Caller,
    path: ClosurePath,
    body: ReopenClosure,
    idempotency: Idempotency,
) -> ClosureView:
    """Reopen a part of a closure that is in force; when nothing is left of it, it is over.

    What no other closure covers is sold again. An operator reopens what they closed themselves,
    the office what the office closed. Orders that were called off stay so.
    """
    app, now = request.app, request.app[CLOCK].now()
    async with transaction(app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, ClosureView):
            return earlier
        closure = await lock_closure(conn, path.closure_id)
        _check_whose(closure, caller)
        closure.check_state("in_force", now)
        number = await _reopen(conn, closure, _part(body, now))
        await record(conn, app, caller, closure, "reopened", reopening=number)
        return await idempotency.keep(conn, await closure_view(conn, closure.closure_id, now))


def _check_whose(closure: LockedClosure, caller: Caller) -> None:
    if closure.organisation_id is None:
        if not caller.may("closure.order"):
            raise NotFound
    elif not caller.may("closure.venue", closure.organisation_id, closure.venue_ids[0]):
        # The office sees it, and leaves it to whoever closed.
        raise NotAllowed if caller.is_office else NotFound


def _part(body: ReopenClosure, now: datetime) -> Part:
    return Part(
        villages=frozenset(body.villages),
        venues=frozenset(body.venues),
        kinds=frozenset(body.kinds),
        open_from=max(body.open_from or now, now),
    )


async def _reopen(conn: Connection, closure: LockedClosure, part: Part) -> int:
    """Keep a part and tell of it; return its number. Raises NothingToReopen."""
    villages_of = await find_villages(conn, [*closure.venue_ids, *part.venues])
    area = closure.area(villages_of)
    if not lies_in(area, part, villages_of):
        raise NothingToReopen
    parts = [*await find_parts(conn, closure.closure_id), part]
    number = closure.event_version + 1
    event = ClosureLifted(
        closure_id=closure.closure_id,
        village_ids=tuple(sorted(part.villages)),
        venue_ids=tuple(sorted(part.venues)),
        kinds=tuple(sorted(part.kinds)),
        open_from=part.open_from,
    )
    names = (event.village_ids, event.venue_ids, event.kinds)
    await conn.execute(KEEP, closure.closure_id, number, *names, part.open_from)
    await conn.execute(COUNT, closure.closure_id, over_at(area, parts), number)
    await outbox.add(conn, event, subject=closure.closure_id, version=number)
    return number

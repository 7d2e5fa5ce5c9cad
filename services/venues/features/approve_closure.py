"""Approve a closure that somebody else of the office has proposed: it is in force at once."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.closures.impact import SECONDS_BEFORE_SHUTTING, Impact, impact_if_known
from services.venues.closures.keeping import lock_closure, record, tell_ordered
from services.venues.closures.views import ClosureView, closure_view, scope_of
from services.venues.errors import ClosureStateConflict, SecondPersonNeeded
from services.venues.paths import ClosurePath
from shared.core.errors import ApiError, NotFound, PreconditionFailed, PreconditionRequired
from shared.db import acquire, constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route

APPROVE: Final = """
update closures
set
    state = 'in_force',
    decided_by = $2,
    decided_at = $3,
    approved_impact = coalesce($4, read_impact),
    edit_version = edit_version + 1,
    event_version = 1
where closure_id = $1
"""

# The database knows these rules, whatever is forgotten here.
RULES: Final[Mapping[str, Callable[[], ApiError]]] = {
    "closures_second_person": SecondPersonNeeded,
    "closures_approved_within_a_day": lambda: ClosureStateConflict(state="expired"),
    "closures_approved_before_their_end": lambda: ClosureStateConflict(state="expired"),
}


@route(
    "POST",
    "/v1/closures/{closure_id}/approvals",
    access=may("closure.approve"),
    errors=(
        NotFound,
        ClosureStateConflict,
        PreconditionFailed,
        PreconditionRequired,
        SecondPersonNeeded,
    ),
)
async def approve_closure(
    request: web.Request, caller: Caller, path: ClosurePath, if_match: RequiredIfMatch
) -> Versioned[ClosureView]:
    """Approve a proposal within 24 hours and before its end, with what it touches by now.

    Whoever proposed it can't approve it. It is counted again in this moment, and the approval keeps
    the figures; where nobody has counted within 1.5 s, it keeps those that were counted last for
    whoever read the proposal. From then on nothing of it is sold, and where it says so, what was
    booked is called off.
    """
    app = request.app
    impact = await _count(app, caller, path.closure_id)
    now = app[CLOCK].now()
    async with transaction(app[DATABASE]) as conn:
        closure = await lock_closure(conn, path.closure_id)
        if_match.check(closure.edit_version)
        closure.check_state("proposed", now)
        with constraint_errors(RULES):
            await conn.execute(
                APPROVE,
                closure.closure_id,
                caller.person,
                now,
                impact and impact.model_dump(mode="json"),
            )
        await record(conn, app, caller, closure, "approved")
        await tell_ordered(conn, closure)
        view = await closure_view(conn, closure.closure_id, now)
    return Versioned(view, view.version)


async def _count(app: web.Application, caller: Caller, closure_id: UUID) -> Impact | None:
    """Count what an approval would touch, outside of its transaction. Raises NotFound."""
    async with acquire(app[DATABASE]) as conn:
        view = await closure_view(conn, closure_id, app[CLOCK].now())
    if view.state != "proposed" or view.entered_by == caller.person:
        # It can't be approved, which is said by whoever holds its lock.
        return None
    return await impact_if_known(app, scope_of(view), SECONDS_BEFORE_SHUTTING)

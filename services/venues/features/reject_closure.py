"""Reject a proposed closure: it never comes into force."""

from typing import Final

from aiohttp import web

from services.venues.closures.keeping import lock_closure, record
from services.venues.closures.views import ClosureView, closure_view
from services.venues.errors import ClosureStateConflict
from services.venues.fields import Reason
from services.venues.paths import ClosurePath
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Body
from shared.http.route import route


class RejectClosure(Body):
    """Why it is not to be."""

    reason: Reason


REJECT: Final = """
update closures
set state = 'rejected', decided_by = $2, decided_at = $3, edit_version = edit_version + 1
where closure_id = $1
"""


@route(
    "POST",
    "/v1/closures/{closure_id}/rejections",
    access=may("closure.approve"),
    errors=(NotFound, ClosureStateConflict, PreconditionFailed),
)
async def reject_closure(
    request: web.Request,
    caller: Caller,
    path: ClosurePath,
    body: RejectClosure,
    if_match: IfMatch,
) -> Versioned[ClosureView]:
    """Reject a proposal; whoever made it may withdraw it so, too."""
    app, now = request.app, request.app[CLOCK].now()
    async with transaction(app[DATABASE]) as conn:
        closure = await lock_closure(conn, path.closure_id)
        if_match.check(closure.edit_version)
        closure.check_state("proposed", now)
        await conn.execute(REJECT, closure.closure_id, caller.person, now)
        await record(conn, app, caller, closure, "rejected", note=body.reason)
        view = await closure_view(conn, closure.closure_id, now)
    return Versioned(view, view.version)

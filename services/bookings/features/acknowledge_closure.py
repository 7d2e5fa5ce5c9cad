"""Say that one knows of a closure: the office counts who does."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings.paths import ClosurePath
from shared.core.errors import NotFound
from shared.db import fetch_first, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Reply
from shared.http.route import route


class Acknowledgement(Reply):
    """That the caller knows of a closure, and since when."""

    closure_id: UUID
    acknowledged_at: datetime


ACKNOWLEDGE: Final = """
update closure_notices
set acknowledged_at = coalesce(acknowledged_at, now())
where closure_id = $1 and account_id = $2
returning closure_id, acknowledged_at
"""


@route(
    "POST",
    "/v1/closures/{closure_id}/acknowledgements",
    access=may("order.own"),
    status=201,
    errors=(NotFound,),
)
async def acknowledge_closure(
    request: web.Request, caller: Caller, path: ClosurePath
) -> Acknowledgement:
    """Acknowledge a closure that meets one's own orders; saying it again changes nothing.

    One that the caller was not told of is not found.
    """
    async with transaction(request.app[DATABASE]) as conn:
        done = await fetch_first(conn, Acknowledgement, ACKNOWLEDGE, path.closure_id, caller.person)
    if done is None:
        raise NotFound
    return done

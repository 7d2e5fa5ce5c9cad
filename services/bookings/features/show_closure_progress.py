"""Show how far a closure is obeyed: orders called off, refunds started, people told."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings.paths import ClosurePath
from shared.core.errors import NotFound
from shared.core.money import Fen
from shared.db import acquire, fetch_first
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Reply
from shared.http.route import route


class ClosureProgress(Reply):
    """What became of a closure here; figures only.

    Sales stopped at `obeyed_at`; at `done_at` nothing was left to be called off. `orders_begun`
    have a line that had begun, or of which somebody was there: people have to see to them.
    Refunds are counted as they are asked for; `refunds_done` have arrived. `people_told` are those
    for whom a message was queued, `people_acknowledged` those who said that they know.
    """

    closure_id: UUID
    obeyed_at: datetime
    done_at: datetime | None
    orders_found: int
    orders_cancelled: int
    orders_begun: int
    orders_waiting: int
    lines_cancelled: int
    refunds_started: int
    refunds_done: int
    refund_fen: Fen
    people_found: int
    people_told: int
    people_acknowledged: int


FIND_OPERATOR: Final = """
select organisation_id, venue_ids[1] as venue_id from closures where closure_id = $1
"""

SHOW: Final = """
select
    closures.closure_id, closures.obeyed_at, closures.done_at,
    lines.orders_found, lines.orders_cancelled, lines.orders_begun, lines.orders_waiting,
    lines.lines_cancelled, lines.refund_fen, lines.people_found,
    money.refunds_started, money.refunds_done, told.people_told, told.people_acknowledged
from closures
cross join lateral (
    select
        count(distinct order_id) filter (where state <> 'gone') as orders_found,
        count(distinct order_id) filter (where state = 'cancelled') as orders_cancelled,
        count(distinct order_id) filter (where state = 'begun') as orders_begun,
        count(distinct order_id) filter (where state = 'found') as orders_waiting,
        count(*) filter (where state = 'cancelled') as lines_cancelled,
        coalesce(sum(refund_fen), 0)::bigint as refund_fen,
        count(distinct account_id) filter (where state <> 'gone') as people_found
    from closed_lines
    where closed_lines.closure_id = closures.closure_id
) as lines
cross join lateral (
    select
        count(*) as refunds_started,
        count(*) filter (where refunds.state = 'done') as refunds_done
    from closed_lines
    join refunds
        on refunds.order_id = closed_lines.order_id and refunds.line_id = closed_lines.line_id
    where closed_lines.closure_id = closures.closure_id and closed_lines.state = 'cancelled'
) as money
cross join lateral (
    select count(*) as people_told, count(acknowledged_at) as people_acknowledged
    from closure_notices
    where closure_notices.closure_id = closures.closure_id
) as told
where closures.closure_id = $1
"""


@route(
    "GET",
    "/v1/closures/{closure_id}/progress",
    access=may("closure.read"),
    errors=(NotFound,),
)
async def show_closure_progress(
    request: web.Request, caller: Caller, path: ClosurePath
) -> ClosureProgress:
    """Show how far a closure is obeyed, to the office, and to an operator for an own one.

    A closure that was not heard of yet is not found.
    """
    async with acquire(request.app[DATABASE]) as conn:
        closed = await conn.fetchrow(FIND_OPERATOR, path.closure_id)
        if closed is None or not _sees(caller, closed["organisation_id"], closed["venue_id"]):
            raise NotFound
        progress = await fetch_first(conn, ClosureProgress, SHOW, path.closure_id)
    if progress is None:
        raise NotFound
    return progress


def _sees(caller: Caller, organisation_id: UUID | None, venue_id: UUID | None) -> bool:
    return caller.is_office or (
        organisation_id is not None and caller.may("closure.read", organisation_id, venue_id)
    )

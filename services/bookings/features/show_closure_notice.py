"""Show one person what a closure meets of theirs, and why it is."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from aiohttp import web

from services.bookings.closures.finding import ClosedBy
from services.bookings.paths import ClosureNoticePath
from services.bookings.views import LineView
from shared.contracts.venues import ClosureCause
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.core.money import Fen
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Reply
from shared.http.route import route

# Nobody reads more in a letter; all of them are in the person's orders.
MOST_LINES: Final = 50


class MetLine(LineView):
    """A line that a closure meets: called off, or begun already and left to people on the spot.

    `percent` is null where nothing had been paid in advance.
    """

    order_id: UUID
    order_code: str
    outcome: Literal["cancelled", "begun"]
    percent: int | None
    refund_fen: Fen


class ClosureNotice(Reply):
    """What a closure meets of one person's, the first to begin first."""

    closure_id: UUID
    ordered_by: ClosedBy
    cause: ClosureCause
    reason: LocalizedText
    closed_from: datetime
    closed_until: datetime
    lines: list[MetLine]
    acknowledged_at: datetime | None


FIND_NOTICE: Final = """
select
    closure_id, ordered_by, cause, reason, closed_from, closed_until, notice.acknowledged_at
from closure_notices as notice
join closures using (closure_id)
where closure_id = $1 and account_id = $2
"""

FIND_LINES: Final = """
select
    line.line_id, offering_id, venue_id, village_id, kind, offering_name as name, venue_name,
    village_name, address, day, day_type, nights, starts_at, ends_at, tickets, persons, units,
    options, price_fen, breakdown, claim_state as state, left_as, replaces_line_id,
    case when claim_state = 'held' then held_until end as held_until,
    orders.order_id, orders.code as order_code, met.state as outcome, cancellation.percent,
    met.refund_fen
from closed_lines as met
join order_lines as line using (line_id)
join orders on orders.order_id = met.order_id
left join line_cancellations as cancellation on cancellation.line_id = met.line_id
where met.closure_id = $1
    and met.account_id = $2
    and met.state in ('cancelled', 'begun')
order by line.starts_at, line.line_id
limit $3
"""


@route(
    "GET",
    "/v1/closures/{closure_id}/notices/{account_id}",
    access=may("order.read"),
    errors=(NotFound,),
)
async def show_closure_notice(
    request: web.Request, caller: Caller, path: ClosureNoticePath
) -> ClosureNotice:
    """Show what a closure meets of a person's orders, to them and to the service that writes.

    One that the person was not told of is not found.
    """
    if caller.service is None and caller.person != path.account_id:
        raise NotFound
    async with acquire(request.app[DATABASE]) as conn:
        notice = await conn.fetchrow(FIND_NOTICE, path.closure_id, path.account_id)
        if notice is None:
            raise NotFound
        lines = await fetch_all(
            conn, MetLine, FIND_LINES, path.closure_id, path.account_id, MOST_LINES
        )
    return ClosureNotice(**dict(notice), lines=lines)

"""List what of an order was cancelled, by whom, why, and what comes back for it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings.domain.refund_tiers import Cause
from services.bookings.orders import check_seen_by
from services.bookings.paths import OrderPath
from shared.core.errors import NotFound
from shared.core.money import Fen
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Reply
from shared.http.route import route


class CancellationView(Reply):
    """A line that was cancelled.

    `cause` says on whose behalf; `percent` is null where nothing had been paid in advance.
    """

    line_id: UUID
    cause: Cause
    reason: str | None
    percent: int | None
    refund_fen: Fen
    fee_fen: Fen
    cancelled_at: datetime


class Cancellations(Reply):
    """All cancelled lines of an order, in the order in which they were cancelled."""

    items: list[CancellationView]


FIND_CANCELLATIONS: Final = """
select line_id, cause, reason, percent, refund_fen, fee_fen, cancelled_at
from line_cancellations
where order_id = $1
order by cancelled_at, line_id
"""


@route(
    "GET",
    "/v1/orders/{order_id}/cancellations",
    access=may("order.read"),
    errors=(NotFound,),
)
async def list_cancellations(
    request: web.Request, caller: Caller, path: OrderPath
) -> Cancellations:
    """List what of an order was cancelled; none where nothing was."""
    async with acquire(request.app[DATABASE]) as conn:
        await check_seen_by(conn, path.order_id, caller)
        items = await fetch_all(conn, CancellationView, FIND_CANCELLATIONS, path.order_id)
    return Cancellations(items=items)

"""Show what would come back if an order, or some of its lines, were cancelled now."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from annotated_types import Len
from pydantic import Field

from services.bookings.changes.cancelling import Decision, Standing, decide, read_standing
from services.bookings.errors import OrderNotCancellable
from services.bookings.orders import lock_own_order
from services.bookings.paths import OrderPath
from shared.core.errors import NotFound
from shared.core.money import Fen
from shared.db import retry, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Query, Reply
from shared.http.route import route

MOST_LINES_AT_ONCE: Final = 100


class CancellationQuery(Query):
    """Which lines, by repeating the parameter; none means all that stand."""

    line_ids: Annotated[tuple[UUID, ...], Len(0, MOST_LINES_AT_ONCE)] = Field((), alias="line_id")


class RefundStepView(Reply):
    """What comes back of a line and what the operator keeps; they sum to its price.

    `percent` is null, and both amounts are 0, where nothing was paid in advance.
    """

    percent: int | None
    refund_fen: Fen
    fee_fen: Fen


class LineRefundView(RefundStepView):
    """What comes back of a line if it is cancelled until `holds_until`, and `later` after that.

    `later` is null where the line can't be cancelled any more then.
    """

    line_id: UUID
    holds_until: datetime
    later: RefundStepView | None


class CancellationPreview(Reply):
    """What cancelling these lines now would do, and until when all of it holds.

    `whole` says that no line would be left, and the order would be cancelled whole. Send
    `refund_fen` as `expected_refund_fen` to get this or nothing.
    """

    lines: list[LineRefundView]
    whole: bool
    refund_fen: Fen
    fee_fen: Fen
    holds_until: datetime | None
    previewed_at: datetime


@route(
    "GET",
    "/v1/orders/{order_id}/cancellation-preview",
    access=may("order.own"),
    errors=(NotFound, OrderNotCancellable),
)
async def preview_cancellation(
    request: web.Request, caller: Caller, path: OrderPath, query: CancellationQuery
) -> CancellationPreview:
    """Show what would come back, line by line, and until when; nothing is changed.

    It refuses what cancelling refuses. Lines that left already are not in it.
    """

    async def unit() -> CancellationPreview:
        async with transaction(request.app[DATABASE]) as conn:
            await lock_own_order(conn, path.order_id, caller.person)
            standing = await read_standing(conn, path.order_id)
            return _view(standing, decide(standing, query.line_ids or None, "visitor"))

    return await retry(unit)


def _view(standing: Standing, decision: Decision) -> CancellationPreview:
    lines = list(_lines(decision))
    return CancellationPreview(
        lines=lines,
        whole=decision.whole,
        refund_fen=decision.refund_fen,
        fee_fen=sum(line.fee_fen for line in lines),
        holds_until=min((line.holds_until for line in lines), default=None),
        previewed_at=standing.order.now,
    )


def _lines(decision: Decision) -> Iterator[LineRefundView]:
    for line_id, refund in decision.leaving.items():
        now, later = refund.now, refund.later
        yield LineRefundView(
            line_id=line_id,
            percent=now.percent,
            refund_fen=now.refund_fen,
            fee_fen=now.fee_fen,
            holds_until=refund.holds_until,
            later=later
            and RefundStepView(
                percent=later.percent, refund_fen=later.refund_fen, fee_fen=later.fee_fen
            ),
        )

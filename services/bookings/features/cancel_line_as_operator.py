"""Cancel a line at one's own venue; its visitor gets everything back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field

from services.bookings.changes.cancelling import decide, read_standing
from services.bookings.changes.leaving import Cancellation, carry_out
from services.bookings.errors import OrderNotCancellable
from services.bookings.orders import lock_order
from services.bookings.paths import LinePath
from shared.core.errors import NotFound
from shared.core.money import Fen
from shared.db import Connection, fetch_first, retry, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Body, Reply, lines
from shared.http.route import route
from shared.messaging import audit

LONGEST_REASON: Final = 200


class CancelLineAsOperator(Body):
    """Why it does not take place; the visitor reads it."""

    reason: Annotated[
        str,
        AfterValidator(lines(LONGEST_REASON)),
        Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_REASON}),
    ]


class OperatorCancellation(Reply):
    """What came of it: `refund_fen` was asked back for the visitor, and arrives later."""

    line_id: UUID
    refund_fen: Fen
    reason: str | None
    cancelled_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """Whose line it is."""

    order_id: UUID
    organisation_id: UUID
    venue_id: UUID


FIND_LINE: Final = """
select order_id, organisation_id, venue_id from order_lines where line_id = $1
"""

FIND_CANCELLATION: Final = """
select line_id, refund_fen, reason, cancelled_at from line_cancellations where line_id = $1
"""


@route(
    "POST",
    "/v1/lines/{line_id}/operator-cancellations",
    access=may("order.serve"),
    status=201,
    errors=(NotFound, OrderNotCancellable),
)
async def cancel_line_as_operator(
    request: web.Request, caller: Caller, path: LinePath, body: CancelLineAsOperator
) -> OperatorCancellation:
    """Cancel a line at a venue of the caller's; whatever its refund rules say, all comes back.

    What the operator calls off costs the visitor nothing (docs/domain.md rule 6). The other lines
    of the order stand. Cancelling again gives the same answer and changes nothing. A line at
    somebody else's venue is not found.
    """

    async def unit() -> OperatorCancellation:
        async with transaction(request.app[DATABASE]) as conn:
            line = await fetch_first(conn, Line, FIND_LINE, path.line_id)
            if line is None or not caller.may("order.serve", line.organisation_id, line.venue_id):
                raise NotFound
            await lock_order(conn, line.order_id)
            cancellation = Cancellation(caller.person, "operator", body.reason)
            if await _cancel(conn, line.order_id, path.line_id, cancellation):
                await audit.record(conn, caller, action="line.called_off", subject=path.line_id)
            done = await fetch_first(conn, OperatorCancellation, FIND_CANCELLATION, path.line_id)
            if done is None:
                # It lapsed, or was never more than a change that waited for its payment.
                raise OrderNotCancellable(reason="lapsed", lines=[str(path.line_id)])
            return done

    return await retry(unit)


async def _cancel(
    conn: Connection, order_id: UUID, line_id: UUID, cancellation: Cancellation
) -> bool:
    """Cancel the line, and tell whether it was not cancelled before."""
    standing = await read_standing(conn, order_id)
    decision = decide(standing, [line_id], cancellation.cause)
    await carry_out(conn, standing.order, decision, cancellation)
    return bool(decision.leaving)

"""Cancel an order, whole or line by line; its places are free again at once."""

from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from annotated_types import Len
from pydantic import AfterValidator, Field

from services.bookings.changes.cancelling import Decision, decide, read_standing
from services.bookings.changes.leaving import Cancellation, carry_out
from services.bookings.errors import OrderNotCancellable, RefundChanged
from services.bookings.keys import CONTACT_SEALER
from services.bookings.orders import lock_own_order
from services.bookings.paths import OrderPath
from services.bookings.views import OrderView, load_orders
from shared.core.errors import NotFound
from shared.core.money import MOST_FEN
from shared.db import retry, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Body, lines
from shared.http.route import route

LONGEST_REASON: Final = 200
MOST_LINES_AT_ONCE: Final = 100


class CancelOrder(Body):
    """Which lines are cancelled; without `line_ids` all that stand.

    `expected_refund_fen` is what the visitor saw to come back; another amount is refused.
    """

    line_ids: Annotated[list[UUID], Len(1, MOST_LINES_AT_ONCE)] | None = None
    reason: (
        Annotated[
            str,
            AfterValidator(lines(LONGEST_REASON)),
            Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_REASON}),
        ]
        | None
    ) = None
    expected_refund_fen: Annotated[int, Field(ge=0, le=MOST_FEN)] | None = None


@route(
    "POST",
    "/v1/orders/{order_id}/cancellations",
    access=may("order.own"),
    status=201,
    errors=(NotFound, OrderNotCancellable, RefundChanged),
)
async def cancel_order(
    request: web.Request, caller: Caller, path: OrderPath, body: CancelOrder | None
) -> OrderView:
    """Cancel an order, whole or some of its lines; with its last line an order is cancelled whole.

    A line can be cancelled until it begins or somebody of it is checked in; the others still can.
    What was paid in advance comes back as the line's refund rules say at that moment, by the
    database's clock (docs/domain.md rule 6); the answer says what was asked back, which arrives
    later. Cancelling again gives the same answer and changes nothing.
    """
    body = body or CancelOrder()

    async def unit() -> OrderView:
        async with transaction(request.app[DATABASE]) as conn:
            await lock_own_order(conn, path.order_id, caller.person)
            standing = await read_standing(conn, path.order_id)
            decision = decide(standing, body.line_ids, "visitor")
            _check_refund(decision, body.expected_refund_fen)
            cancellation = Cancellation(caller.person, "visitor", body.reason)
            await carry_out(conn, standing.order, decision, cancellation)
            [view] = await load_orders(conn, request.app[CONTACT_SEALER], [path.order_id])
            return view

    return await retry(unit)


def _check_refund(decision: Decision, expected_fen: int | None) -> None:
    """Refuse where less or more would come back than was shown; a repeat is shown nothing new."""
    if decision.leaving and expected_fen not in (None, decision.refund_fen):
        raise RefundChanged(refund_fen=decision.refund_fen)

"""Change one line of an order to another date or party, all of it or nothing."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.bookings.changes.changing import change_line as make_change
from services.bookings.changes.planning import plan_change
from services.bookings.changes.requests import ChangeCost, ChangeRequest, check_consent, cost_of
from services.bookings.engine.planning import PLANNING_ERRORS
from services.bookings.errors import (
    DayIsFull,
    DifferenceChanged,
    HoldExpired,
    LineNotChangeable,
    NoRefundNotAccepted,
    NothingToChange,
    PoolExhausted,
    TooManyForAccount,
)
from services.bookings.keys import CONTACT_SEALER, HOLD_MINUTES
from services.bookings.orders import lock_own_order
from services.bookings.paths import OrderPath
from services.bookings.views import OrderView, load_orders
from shared.core.errors import NotFound
from shared.core.money import MOST_FEN
from shared.db import Connection, fetch_one, retry, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Reply
from shared.http.route import route


class ChangeLine(ChangeRequest):
    """A change. `expected_difference_fen` is what the visitor saw; another one is refused.

    What can't be refunded needs `accepts_no_refund`.
    """

    expected_difference_fen: Annotated[int, Field(ge=-MOST_FEN, le=MOST_FEN)] | None = None
    accepts_no_refund: bool = False


class MadeChange(ChangeCost):
    """What is kept of an answer for its repeats: what was changed, and no personal data."""

    order_id: UUID
    line_id: UUID
    replaced_line_id: UUID


class ChangeView(MadeChange):
    """A change, and the order after it.

    While `pay_until` is given, the new line waits for `due_fen` to be paid, and the earlier one
    stands; unpaid, the change lapses.
    """

    pay_until: datetime | None
    order: OrderView


class Wait(Reply):
    """Until when a line waits for its payment, if it does."""

    pay_until: datetime | None


FIND_WAIT: Final = """
select case when claim_state = 'held' then held_until end as pay_until
from order_lines
where line_id = $1
"""


@route(
    "POST",
    "/v1/orders/{order_id}/changes",
    access=may("order.own"),
    status=201,
    idempotent=True,
    errors=(
        *PLANNING_ERRORS,
        DayIsFull,
        DifferenceChanged,
        HoldExpired,
        LineNotChangeable,
        NoRefundNotAccepted,
        NotFound,
        NothingToChange,
        PoolExhausted,
        TooManyForAccount,
    ),
)
async def change_line(
    request: web.Request,
    caller: Caller,
    path: OrderPath,
    body: ChangeLine,
    idempotency: Idempotency,
) -> ChangeView:
    """Change one line of a held or confirmed order to another date or party of its offering.

    The new places are taken before the old ones are given back, and only what differs moves: a
    party can shrink, or a stay shift by a night, in what is full. The new line costs today's
    price. In an order that was paid in advance, what it costs more is paid first: until then, for
    as long as a hold lasts, both lines have their places. What it costs less comes back, whole in
    the line's 100 % tier, later by the tier of the moment (docs/domain.md rule 6).
    """
    app = request.app

    async def unit() -> ChangeView:
        async with transaction(app[DATABASE]) as conn:
            await lock_own_order(conn, path.order_id, caller.person)
            made = await idempotency.earlier(conn, MadeChange)
            if made is None:
                made = await _make(app, conn, path.order_id, body)
                await idempotency.keep(conn, made)
            return await _view(app, conn, made)

    return await retry(unit)


async def _make(
    app: web.Application, conn: Connection, order_id: UUID, body: ChangeLine
) -> MadeChange:
    planned = await plan_change(conn, order_id, body.wanted())
    check_consent(planned, body.expected_difference_fen, accepts_no_refund=body.accepts_no_refund)
    line_id = await make_change(conn, app[IDS], planned, app[HOLD_MINUTES])
    return MadeChange(
        **cost_of(planned).model_dump(),
        order_id=order_id,
        line_id=line_id,
        replaced_line_id=body.line_id,
    )


async def _view(app: web.Application, conn: Connection, made: MadeChange) -> ChangeView:
    wait = await fetch_one(conn, Wait, FIND_WAIT, made.line_id)
    [order] = await load_orders(conn, app[CONTACT_SEALER], [made.order_id])
    return ChangeView(**made.model_dump(), pay_until=wait.pay_until, order=order)

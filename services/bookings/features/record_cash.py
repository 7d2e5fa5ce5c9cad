"""Record cash that was taken at a venue for a line of an order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.bookings.errors import NothingOwed
from services.bookings.money import ledger
from services.bookings.money.cash import find_cash
from services.bookings.orders import lock_order
from services.bookings.paths import OrderPath
from shared.core.errors import NotFound
from shared.core.money import MOST_FEN, Fen
from shared.db import Connection, fetch_first, retry, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body, Reply
from shared.http.route import route


class RecordCash(Body):
    """How much was taken, for which line."""

    line_id: UUID
    amount_fen: Annotated[int, Field(ge=1, le=MOST_FEN)]


class CashReceiptView(Reply):
    """Cash that was taken, and what is still to be paid for the line."""

    receipt_id: UUID
    order_id: UUID
    line_id: UUID
    amount_fen: Fen
    owed_fen: Fen
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """Whose line it is, and what of its price is to be paid at the venue."""

    organisation_id: UUID
    venue_id: UUID
    price_fen: int


# Only what is paid at the venue is owed there, by an order that stands.
FIND_LINE: Final = """
select
    line.organisation_id,
    line.venue_id,
    case
        when orders.payment_method = 'on_site'
            and orders.state in ('confirmed', 'completed', 'no_show')
            and line.left_as is null
            and line.claim_state = 'kept'
        then line.price_fen
        else 0
    end as price_fen
from order_lines as line
join orders using (order_id)
where line.order_id = $1 and line.line_id = $2
"""

ADD: Final = """
insert into cash_receipts (
    receipt_id, order_id, line_id, organisation_id, amount_fen, received_by
)
values ($1, $2, $3, $4, $5, $6)
returning received_at
"""


@route(
    "POST",
    "/v1/orders/{order_id}/cash-receipts",
    access=may("cash.record"),
    status=201,
    idempotent=True,
    errors=(NotFound, NothingOwed),
)
async def record_cash(
    request: web.Request,
    caller: Caller,
    path: OrderPath,
    body: RecordCash,
    idempotency: Idempotency,
) -> CashReceiptView:
    """Record cash for a line that is paid at the venue, up to what is owed for it.

    What was taken for a line before it was changed counts for the one that it was changed to.
    Only the line's own operator can; for everybody else the line is not found.
    """

    async def unit() -> CashReceiptView:
        async with transaction(request.app[DATABASE]) as conn:
            if earlier := await idempotency.earlier(conn, CashReceiptView):
                return earlier
            await lock_order(conn, path.order_id)
            line = await fetch_first(conn, Line, FIND_LINE, path.order_id, body.line_id)
            if line is None or not caller.may("cash.record", line.organisation_id, line.venue_id):
                raise NotFound
            owed_fen = await _owed(conn, body.line_id, line)
            if body.amount_fen > owed_fen:
                raise NothingOwed(owed_fen=owed_fen)
            receipt_id = request.app[IDS].new()
            received_at = await conn.fetchval(
                ADD,
                receipt_id,
                path.order_id,
                body.line_id,
                line.organisation_id,
                body.amount_fen,
                caller.person,
            )
            await ledger.post_cash(conn, receipt_id)
            return await idempotency.keep(
                conn,
                CashReceiptView(
                    receipt_id=receipt_id,
                    order_id=path.order_id,
                    line_id=body.line_id,
                    amount_fen=body.amount_fen,
                    owed_fen=owed_fen - body.amount_fen,
                    received_at=received_at,
                ),
            )

    return await retry(unit)


async def _owed(conn: Connection, line_id: UUID, line: Line) -> int:
    taken = await find_cash(conn, [line_id])
    return max(0, line.price_fen - taken.get(line_id, 0))

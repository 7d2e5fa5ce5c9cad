"""Money that arrived: it pays for its order, or goes back whole; never both, and never neither.

It is honoured where the order, or the change that it is for, still waits for it, even if its time
is over, and where an expired order's places are still there. All else is refunded at once: money
for a cancelled order or for what was shut meanwhile, a second payment, another amount than was
asked for. Said twice, it changes
nothing.
"""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings.changes.changing import find_due_change, settle_change
from services.bookings.closures.sales import is_change_closed, is_order_closed
from services.bookings.domain.arrived_money import Misfit, verdict_on, verdict_on_change
from services.bookings.domain.states import OrderState
from services.bookings.errors import CallbackRefused
from services.bookings.keys import CONTACT_SEALER
from services.bookings.money import ledger
from services.bookings.money.confirming import confirm
from services.bookings.money.refunding import refund_whole
from services.bookings.money.reviving import keep_again, take_again
from services.bookings.orders import count_event, lock_order
from services.bookings.payments.provider import PaymentStatus
from services.bookings.payments.receipts import Receipt, StrangeMoney, read_receipt
from services.bookings.payments.stored import StoredPayment
from shared.contracts.bookings import PaymentCaptured
from shared.db import Connection, constraint_errors, fetch_one, retry, transaction
from shared.http.keys import DATABASE
from shared.messaging import outbox

_log: Final = structlog.get_logger()

Fate = Literal["honoured", "revived"] | Misfit

READ_STANDING: Final = """
select
    payments.state = 'captured' as is_captured,
    -- The bill must be today's, operator by operator: a held order's lines may have changed since.
    payments.amount_fen = orders.total_fen and not exists (
        select organisation_id, sum(price_fen)
        from order_lines
        where order_lines.order_id = orders.order_id and left_as is null and price_fen > 0
        group by organisation_id
        except
        select organisation_id, amount_fen
        from payment_parts
        where payment_parts.payment_id = payments.payment_id
    ) as is_its_price,
    orders.account_id, orders.state as order_state,
    exists (
        select 1
        from payments as other
        where other.order_id = payments.order_id
            and other.line_id is not distinct from payments.line_id
            and other.honoured
    ) as was_paid_before
from payments
join orders using (order_id)
where payment_id = $1
"""

RECORD: Final = """
update payments
set
    state = 'captured', captured_at = now(), captured_fen = $2, reference = $3, honoured = $4
where payment_id = $1
"""

RECORD_PARTS: Final = """
update payment_parts
set captured_fen = paid.amount_fen
from unnest($2::uuid[], $3::bigint[]) as paid (organisation_id, amount_fen)
where payment_id = $1 and payment_parts.organisation_id = paid.organisation_id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides about money that arrived, read under the order's lock."""

    is_captured: bool
    is_its_price: bool
    account_id: UUID
    order_state: OrderState
    was_paid_before: bool


async def capture(app: web.Application, payment: StoredPayment, status: PaymentStatus) -> None:
    """Take in that a payment was made, once, and do what follows from it.

    Raises CallbackRefused for money that did not go to those who are on the bill; a person has to
    look at that, and the log says so.
    """
    payment_id, order_id = payment.row.payment_id, payment.row.order_id
    try:
        receipt = read_receipt(payment.bill, status)
    except StrangeMoney as error:
        _log.error("payment.strange", payment_id=str(payment_id), reason=str(error))
        raise CallbackRefused from error

    async def unit() -> Fate | None:
        async with transaction(app[DATABASE]) as conn:
            await lock_order(conn, order_id)
            standing = await fetch_one(conn, Standing, READ_STANDING, payment_id)
            if standing.is_captured:
                return None
            fate = await _fate(conn, payment, standing, receipt)
            await _record(conn, payment, receipt, status, honoured=fate in ("honoured", "revived"))
            await _follow(app, conn, payment, fate)
            return fate

    fate = await retry(unit)
    if fate is not None:
        _log.info("payment.captured", payment_id=str(payment_id), fate=fate)


async def _fate(
    conn: Connection, payment: StoredPayment, standing: Standing, receipt: Receipt
) -> Fate:
    row = payment.row
    if row.line_id is not None:
        due = await find_due_change(conn, row.line_id)
        due_fen = None if due is None else due.due_fen
        on_change = verdict_on_change(
            due_fen,
            row.amount_fen,
            is_exact=receipt.is_exact,
            was_paid_before=standing.was_paid_before,
        )
        shut = on_change == "honoured" and await is_change_closed(conn, row.line_id)
        return "closed" if shut else on_change
    verdict = verdict_on(
        standing.order_state,
        is_exact=receipt.is_exact,
        is_its_price=standing.is_its_price,
        was_paid_before=standing.was_paid_before,
    )
    if verdict == "honoured" and await is_order_closed(conn, row.order_id):
        return "closed"
    if verdict != "if_places_left":
        return verdict
    placed = await take_again(conn, row.order_id, standing.account_id)
    return "revived" if placed else "too_late"


async def _record(
    conn: Connection,
    payment: StoredPayment,
    receipt: Receipt,
    status: PaymentStatus,
    *,
    honoured: bool,
) -> None:
    row = payment.row
    # One transaction of the provider can't be two payments.
    with constraint_errors({"payments_reference_key": CallbackRefused}):
        await conn.execute(RECORD, row.payment_id, receipt.amount_fen, status.reference, honoured)
    await conn.execute(
        RECORD_PARTS, row.payment_id, list(receipt.amounts), list(receipt.amounts.values())
    )
    await ledger.post_payment(conn, row.payment_id)
    counted = await count_event(conn, row.order_id)
    event = PaymentCaptured(
        order_id=row.order_id,
        payment_id=row.payment_id,
        method=row.method,
        amount_fen=receipt.amount_fen,
        paid_at=status.paid_at or counted.now,
    )
    await outbox.add(conn, event, subject=row.order_id, version=counted.version)


async def _follow(
    app: web.Application, conn: Connection, payment: StoredPayment, fate: Fate
) -> None:
    row = payment.row
    if fate in ("too_late", "paid_twice", "wrong_amount", "closed"):
        await refund_whole(conn, row.order_id, row.payment_id, fate)
        return
    if row.line_id is not None:
        if not await settle_change(conn, row.line_id):
            raise RuntimeError("a change that was due under the order's lock is not any more")
        return
    if fate == "revived":
        await keep_again(conn, row.order_id)
    await confirm(conn, app[CONTACT_SEALER], row.order_id, row.method)

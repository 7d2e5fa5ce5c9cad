"""Payments and refunds as they are stored, in the shape in which providers are asked about them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from services.bookings.payments.provider import Bill, Part, RefundCharge
from shared.contracts.bookings import OnlineMethod
from shared.db import Connection, fetch_all, fetch_first, fetch_one

FIND_PAYMENT: Final = """
select
    payment_id, number, order_id, line_id, method, state, amount_fen, expires_at,
    expires_at > now() as is_in_time
from payments
where payment_id = $1
"""

FIND_PARTS: Final = """
select organisation_id, merchant, amount_fen
from payment_parts
where payment_id = $1
order by organisation_id
"""

FIND_REFUND: Final = """
select refund_id, number, payment_id, order_id, organisation_id, cause, amount_fen, state
from refunds
where refund_id = $1
"""

# What was paid, which is not always what was asked for.
FIND_PAID_PARTS: Final = """
select organisation_id, merchant, captured_fen as amount_fen
from payment_parts
where payment_id = $1
order by organisation_id
"""


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment without its parts."""

    payment_id: UUID
    number: str
    order_id: UUID
    line_id: UUID | None
    method: OnlineMethod
    state: Literal["started", "captured", "failed", "closed"]
    amount_fen: int
    expires_at: datetime
    is_in_time: bool


@dataclass(frozen=True, slots=True)
class StoredPayment:
    """A payment with its bill; it pays for a whole order, or for the change of one line."""

    row: PaymentRow
    bill: Bill


@dataclass(frozen=True, slots=True)
class StoredRefund:
    """A refund, and the payment that it comes from."""

    refund_id: UUID
    number: str
    payment_id: UUID
    order_id: UUID
    organisation_id: UUID
    cause: str
    amount_fen: int
    state: Literal["requested", "accepted", "done", "failed"]


async def find_payment(conn: Connection, payment_id: UUID) -> StoredPayment | None:
    """Return a payment, or None where there is no such one."""
    row = await fetch_first(conn, PaymentRow, FIND_PAYMENT, payment_id)
    if row is None:
        return None
    parts = await fetch_all(conn, Part, FIND_PARTS, payment_id)
    return StoredPayment(row, Bill(row.number, row.amount_fen, tuple(parts)))


async def find_refund(conn: Connection, refund_id: UUID) -> StoredRefund | None:
    """Return a refund, or None where there is no such one."""
    return await fetch_first(conn, StoredRefund, FIND_REFUND, refund_id)


async def find_refund_charge(
    conn: Connection,
    refund: StoredRefund,
    *,
    reason: str,
    notify_url: Callable[[OnlineMethod], str],
) -> tuple[OnlineMethod, RefundCharge]:
    """Return which provider is asked for what; the bill is what was paid, part by part."""
    payment = await fetch_one(conn, PaymentRow, FIND_PAYMENT, refund.payment_id)
    parts = await fetch_all(conn, Part, FIND_PAID_PARTS, refund.payment_id)
    paid = Bill(payment.number, sum(part.amount_fen for part in parts), tuple(parts))
    return payment.method, RefundCharge(
        number=refund.number,
        bill=paid,
        organisation_id=refund.organisation_id,
        amount_fen=refund.amount_fen,
        reason=reason,
        notify_url=notify_url(payment.method),
    )

"""Refunds as they are asked for: jobs in the caller's transaction, sent to the provider later.

Accepted is not done (docs/domain.md rule 6): `jobs/send_refunds.py` sends them and finds out how
they end. The caller holds the lock of the order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from services.bookings.domain.refund_shares import MoreThanWasPaid, PaidShare, share_refund
from services.bookings.errors import RefundExceedsPayment
from services.bookings.money import ledger
from services.bookings.payments.provider import number_of
from shared.core.ids import new_id
from shared.db import Connection, constraint_errors, fetch_all

RefundCause = Literal[
    "visitor",
    "operator",
    "disaster",
    "changed",
    "too_late",
    "paid_twice",
    "wrong_amount",
    "closed",
]

Shares = Sequence[tuple[PaidShare, int]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked back of one share of a payment, for a line or for the order."""

    order_id: UUID
    line_id: UUID | None
    share: PaidShare
    fen: int


# The latest payment first: providers send money back for a limited time.
FIND_LEFT: Final = """
select payment_id, part.organisation_id, part.captured_fen - part.refunded_fen as left_fen
from payments
join payment_parts as part using (payment_id)
where payments.order_id = $1
    and payments.honoured
    and part.captured_fen > part.refunded_fen
    and (
        $2::uuid is null
        or part.organisation_id = (select organisation_id from order_lines where line_id = $2)
    )
order by payments.captured_at desc, payment_id, part.organisation_id
"""

FIND_LEFT_OF_PAYMENT: Final = """
select payment_id, organisation_id, captured_fen - refunded_fen as left_fen
from payment_parts
where payment_id = $1 and captured_fen > refunded_fen
order by organisation_id
"""

FIND_LEFT_OF_LINES: Final = """
select
    line.line_id, payments.payment_id, part.organisation_id,
    part.captured_fen - part.refunded_fen as left_fen
from order_lines as line
join payments on payments.order_id = line.order_id and payments.honoured
join payment_parts as part
    on part.payment_id = payments.payment_id
    and part.organisation_id = line.organisation_id
    and part.captured_fen > part.refunded_fen
where line.line_id = any ($1::uuid[])
order by payments.captured_at desc, payments.payment_id
"""

ADD: Final = """
insert into refunds (
    refund_id, number, payment_id, order_id, line_id, organisation_id, cause, amount_fen
)
select refund_id, number, payment_id, order_id, line_id, organisation_id, $1, amount_fen
from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::bigint[])
    as asked (refund_id, number, payment_id, order_id, line_id, organisation_id, amount_fen)
"""

TOO_MUCH: Final = {
    "payments_refunded_fen_check": RefundExceedsPayment,
    "payment_parts_refunded_fen_check": RefundExceedsPayment,
}


@dataclass(frozen=True, slots=True)
class LineRefundRequest:
    """What of an order's money is to come back for one of its lines."""

    order_id: UUID
    line_id: UUID
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LeftOfLine:
    """What the operator of a line got of one payment, and still has."""

    line_id: UUID
    payment_id: UUID
    organisation_id: UUID
    left_fen: int


async def request_refunds(
    conn: Connection, order_id: UUID, line_id: UUID | None, amount_fen: int, cause: RefundCause
) -> list[UUID]:
    """Ask for money of an order back, and return the refunds; none where the amount is 0.

    With a line it comes from the line's operator, without one from all operators in proportion to
    what they were paid. Raises RefundExceedsPayment where less is left of what paid for the order.
    """
    left = await fetch_all(conn, PaidShare, FIND_LEFT, order_id, line_id)
    shares = _shares(amount_fen, left)
    return await _add(conn, [Asked(order_id, line_id, *share) for share in shares], cause)


async def request_line_refunds(
    conn: Connection, wanted: Sequence[LineRefundRequest], cause: RefundCause
) -> None:
    """Ask for money of lines of many orders back, each from its own operator.

    Raises RefundExceedsPayment, see `request_refunds`.
    """
    rows = await fetch_all(conn, LeftOfLine, FIND_LEFT_OF_LINES, [one.line_id for one in wanted])
    # Lines of one order share what its operators still have.
    left = {(row.payment_id, row.organisation_id): row.left_fen for row in rows}
    payments: dict[UUID, list[tuple[UUID, UUID]]] = {one.line_id: [] for one in wanted}
    for row in rows:
        payments[row.line_id].append((row.payment_id, row.organisation_id))
    asked: list[Asked] = []
    for one in wanted:
        paid = [PaidShare(*part, left[part]) for part in payments[one.line_id]]
        for share, fen in _shares(one.amount_fen, paid):
            left[share.payment_id, share.organisation_id] -= fen
            asked.append(Asked(one.order_id, one.line_id, share, fen))
    await _add(conn, asked, cause)


async def refund_whole(
    conn: Connection, order_id: UUID, payment_id: UUID, cause: RefundCause
) -> list[UUID]:
    """Ask for all of a payment back that paid for nothing, and return the refunds."""
    left = await fetch_all(conn, PaidShare, FIND_LEFT_OF_PAYMENT, payment_id)
    return await _add(conn, [Asked(order_id, None, one, one.left_fen) for one in left], cause)


def _shares(amount_fen: int, left: Sequence[PaidShare]) -> Shares:
    if amount_fen == 0:
        return []
    try:
        return share_refund(amount_fen, left)
    except MoreThanWasPaid as error:
        raise RefundExceedsPayment(left_fen=error.left_fen) from error


async def _add(conn: Connection, asked: Sequence[Asked], cause: RefundCause) -> list[UUID]:
    refund_ids = [new_id() for _ in asked]
    with constraint_errors(TOO_MUCH):
        await conn.execute(
            ADD,
            cause,
            refund_ids,
            [number_of(refund_id) for refund_id in refund_ids],
            [one.share.payment_id for one in asked],
            [one.order_id for one in asked],
            [one.line_id for one in asked],
            [one.share.organisation_id for one in asked],
            [one.fen for one in asked],
        )
    await ledger.post_refunds_requested(conn, refund_ids)
    return refund_ids

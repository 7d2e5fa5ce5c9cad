"""Refunds as they are asked for: jobs in the caller's transaction, sent to the provider later.

Accepted is not done (docs/domain.md rule 6): `jobs/send_refunds.py` sends them and finds out how
they end. The caller holds the lock of the order.
"""

from collections.abc import Sequence
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

ADD: Final = """
insert into refunds (
    refund_id, number, payment_id, order_id, line_id, organisation_id, cause, amount_fen
)
select refund_id, number, payment_id, $1, $2, organisation_id, $3, amount_fen
from unnest($4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::bigint[])
    as asked (refund_id, number, payment_id, organisation_id, amount_fen)
"""

TOO_MUCH: Final = {
    "payments_refunded_fen_check": RefundExceedsPayment,
    "payment_parts_refunded_fen_check": RefundExceedsPayment,
}


async def request_refunds(
    conn: Connection, order_id: UUID, line_id: UUID | None, amount_fen: int, cause: RefundCause
) -> list[UUID]:
    """Ask for money of an order back, and return the refunds; none where the amount is 0.

    With a line it comes from the line's operator, without one from all operators in proportion to
    what they were paid. Raises RefundExceedsPayment where less is left of what paid for the order.
    """
    left = await fetch_all(conn, PaidShare, FIND_LEFT, order_id, line_id)
    return await _add(conn, order_id, line_id, cause, _shares(amount_fen, left))


async def refund_whole(
    conn: Connection, order_id: UUID, payment_id: UUID, cause: RefundCause
) -> list[UUID]:
    """Ask for all of a payment back that paid for nothing, and return the refunds."""
    left = await fetch_all(conn, PaidShare, FIND_LEFT_OF_PAYMENT, payment_id)
    return await _add(conn, order_id, None, cause, [(share, share.left_fen) for share in left])


def _shares(amount_fen: int, left: Sequence[PaidShare]) -> Shares:
    if amount_fen == 0:
        return []
    try:
        return share_refund(amount_fen, left)
    except MoreThanWasPaid as error:
        raise RefundExceedsPayment(left_fen=error.left_fen) from error


async def _add(
    conn: Connection, order_id: UUID, line_id: UUID | None, cause: RefundCause, shares: Shares
) -> list[UUID]:
    refund_ids = [new_id() for _ in shares]
    with constraint_errors(TOO_MUCH):
        await conn.execute(
            ADD,
            order_id,
            line_id,
            cause,
            refund_ids,
            [number_of(refund_id) for refund_id in refund_ids],
            [share.payment_id for share, _ in shares],
            [share.organisation_id for share, _ in shares],
            [fen for _, fen in shares],
        )
    await ledger.post_refunds_requested(conn, refund_ids)
    return refund_ids

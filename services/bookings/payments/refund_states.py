"""How refunds go on: what a provider says is written down, told, and entered in the ledger."""

from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings.money import ledger
from services.bookings.orders import count_event, lock_order
from services.bookings.payments.provider import RefundStatus
from services.bookings.payments.stored import StoredRefund, find_refund
from shared.contracts.bookings import PaymentRefunded
from shared.db import Connection, retry, transaction
from shared.http.keys import DATABASE
from shared.messaging import outbox

_log: Final = structlog.get_logger()

# So often a provider may say no before people have to look at a refund; with the pauses between
# the tries that is about a day.
MOST_REFUSALS: Final = 30
# Seconds until the provider is asked about a refund that it accepted.
ASKED_AFTER: Final = 3

ACCEPTED: Final = """
update refunds
set
    state = 'accepted',
    accepted_at = coalesce(accepted_at, now()),
    reference = coalesce($2, reference),
    due_at = case
        when accepted_at is null then now() + make_interval(secs => $3) else due_at
    end
where refund_id = $1 and state in ('requested', 'accepted')
"""

# Sent again under the same number when its pause is over, unless it was refused too often.
REFUSED: Final = """
update refunds
set
    state = case when refusals + 1 >= $3 then 'failed' else 'requested' end,
    refusals = refusals + 1,
    reason = $2
where refund_id = $1 and state in ('requested', 'accepted')
returning state
"""

DONE: Final = """
update refunds
set
    state = 'done', done_at = now(), accepted_at = coalesce(accepted_at, now()),
    reference = coalesce($2, reference), reason = null
where refund_id = $1
"""


async def take_in_refund(app: web.Application, refund: StoredRefund, status: RefundStatus) -> None:
    """Write down what a provider says of a refund; said twice, it changes nothing.

    A refund that failed is done all the same where the provider says so in the end.
    """

    async def unit() -> None:
        async with transaction(app[DATABASE]) as conn:
            await lock_order(conn, refund.order_id)
            now = await find_refund(conn, refund.refund_id)
            if now is None or now.state == "done":
                return
            match status.state:
                case "accepted":
                    await conn.execute(ACCEPTED, refund.refund_id, status.reference, ASKED_AFTER)
                case "failed":
                    await note_refusal(conn, refund.refund_id, status.reason or "failed")
                case "done":
                    await _finish(conn, refund, status)
                case "unknown":
                    return

    await retry(unit)


async def note_refusal(conn: Connection, refund_id: UUID, reason: str) -> None:
    """Write down that a provider does not send the money, by the provider's own reason."""
    state = await conn.fetchval(REFUSED, refund_id, reason, MOST_REFUSALS)
    if state == "failed":
        _log.error("refund.failed", refund_id=str(refund_id), reason=reason)
    elif state is not None:
        _log.warning("refund.refused", refund_id=str(refund_id), reason=reason)


async def _finish(conn: Connection, refund: StoredRefund, status: RefundStatus) -> None:
    await conn.execute(DONE, refund.refund_id, status.reference)
    await ledger.post_refund_done(conn, refund.refund_id)
    counted = await count_event(conn, refund.order_id)
    event = PaymentRefunded(
        order_id=refund.order_id,
        account_id=counted.account_id,
        payment_id=refund.payment_id,
        refund_id=refund.refund_id,
        amount_fen=refund.amount_fen,
        refunded_at=status.done_at or counted.now,
    )
    await outbox.add(conn, event, subject=refund.order_id, version=counted.version)
    _log.info("refund.done", refund_id=str(refund.refund_id))

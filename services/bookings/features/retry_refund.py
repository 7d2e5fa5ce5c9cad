"""Send a refund again that the provider refused for so long that it was given up."""

from typing import Final

from aiohttp import web

from services.bookings.errors import RefundNotFailed
from services.bookings.paths import RefundPath
from services.bookings.payments.views import RefundView
from shared.core.errors import NotFound
from shared.db import fetch_first, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Body
from shared.http.route import route
from shared.messaging import audit


class RetryRefund(Body):
    """Nothing needs to be said."""


RETRY: Final = """
update refunds
set state = 'requested', refusals = 0, due_at = now()
where refund_id = $1 and state = 'failed'
returning
    refund_id, line_id, cause, amount_fen, state, requested_at, done_at
"""

IS_KNOWN: Final = "select 1 from refunds where refund_id = $1"


@route(
    "POST",
    "/v1/refunds/{refund_id}/retries",
    access=may("refund.retry"),
    status=201,
    errors=(NotFound, RefundNotFailed),
)
async def retry_refund(
    request: web.Request, caller: Caller, path: RefundPath, _body: RetryRefund | None
) -> RefundView:
    """Send a failed refund again, under its number, once its cause is repaired.

    The log names failed refunds (`refund.failed`) with the provider's reason: an operator's account
    that lacks the money, most often.
    """
    async with transaction(request.app[DATABASE]) as conn:
        refund = await fetch_first(conn, RefundView, RETRY, path.refund_id)
        if refund is not None:
            await audit.record(
                conn,
                caller,
                action="refund.retried",
                subject=refund.refund_id,
                details={"amount_fen": refund.amount_fen},
            )
            return refund
        if await conn.fetchval(IS_KNOWN, path.refund_id) is None:
            raise NotFound
        raise RefundNotFailed

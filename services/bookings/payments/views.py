"""How payments and refunds are shown to whoever the order belongs to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from services.bookings.money.refunding import RefundCause
from shared.contracts.bookings import OnlineMethod
from shared.core.money import Fen
from shared.db import Connection, fetch_all
from shared.http.models import Reply

SELECT_PAYMENTS: Final = """
select
    payment_id, line_id, method,
    case when state = 'started' and expires_at <= now() then 'closed' else state end as state,
    amount_fen, coalesce(captured_fen, 0) as captured_fen, refunded_fen, honoured,
    case when state = 'started' and expires_at > now() then pay_url end as pay_url,
    shown_as, started_at, expires_at, captured_at
from payments
where order_id = $1
order by payment_id
"""

SELECT_REFUNDS: Final = """
select
    refund_id, payment_id, line_id, cause, amount_fen, state, requested_at, done_at
from refunds
where order_id = $1
order by refund_id
"""


class RefundView(Reply):
    """Money on its way back: `requested`, `accepted` by the provider, `done`, or `failed`.

    One that failed is looked after by people; it is not lost.
    """

    refund_id: UUID
    line_id: UUID | None
    cause: RefundCause
    amount_fen: Fen
    state: Literal["requested", "accepted", "done", "failed"]
    requested_at: datetime
    done_at: datetime | None


class PaymentRow(Reply):
    """A payment without its refunds."""

    payment_id: UUID
    line_id: UUID | None
    method: OnlineMethod
    state: Literal["started", "captured", "failed", "closed"]
    amount_fen: Fen
    captured_fen: Fen
    refunded_fen: Fen
    honoured: bool
    pay_url: str | None
    shown_as: Literal["page", "code"]
    started_at: datetime
    expires_at: datetime
    captured_at: datetime | None


class PaymentView(PaymentRow):
    """One attempt to pay an order, or the difference of one changed line (`line_id`).

    `pay_url` is where the visitor pays, as long as that is possible: a page to go to, or the
    content of a QR code to be scanned (`shown_as`). `captured_fen` is what arrived. Money that was
    not `honoured` paid for nothing (it came too late, twice, or in another amount), and goes back.
    """

    refunds: list[RefundView]


class RefundRow(RefundView):
    """A refund with the payment that it comes from."""

    payment_id: UUID


async def load_payments(conn: Connection, order_id: UUID) -> list[PaymentView]:
    """Return all payments of an order with their refunds, the first one first."""
    rows = await fetch_all(conn, PaymentRow, SELECT_PAYMENTS, order_id)
    refunds = await fetch_all(conn, RefundRow, SELECT_REFUNDS, order_id) if rows else []
    return [_view(row, refunds) for row in rows]


def _view(row: PaymentRow, refunds: Sequence[RefundRow]) -> PaymentView:
    own = [
        RefundView(**refund.model_dump(exclude={"payment_id"}))
        for refund in refunds
        if refund.payment_id == row.payment_id
    ]
    return PaymentView(**row.model_dump(), refunds=own)

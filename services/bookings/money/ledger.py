"""The ledger: double entry, only ever added to, one book per operator (docs/domain.md rule 7).

A movement takes an amount from the account that it credits to the account that it debits, so it
can't be out of balance. Every function is one statement in the caller's transaction; the caller
holds the order's lock. Told twice, a sale, a fee, a payment or a refund still moves its money once.
docs/adr/0011-double-entry-ledger.md explains the accounts.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from shared.db import Connection

SALES: Final = """
insert into ledger_movements (
    organisation_id, order_id, line_id, kind, debit, credit, amount_fen
)
select organisation_id, order_id, line_id, 'sale', 'receivable', 'sales', price_fen
from order_lines
where order_id = any ($1::uuid[])
    and claim_state = 'kept'
    and left_as is null
    and price_fen > 0
order by line_id
on conflict (line_id) where kind = 'sale' do nothing
"""

REVERSE_SALES: Final = """
insert into ledger_movements (
    organisation_id, order_id, line_id, kind, debit, credit, amount_fen
)
select organisation_id, order_id, line_id, 'sale_reversed', 'sales', 'receivable', amount_fen
from ledger_movements
where line_id = any ($1::uuid[]) and kind = 'sale'
order by line_id
on conflict (line_id) where kind = 'sale_reversed' do nothing
"""

FEE: Final = """
insert into ledger_movements (
    organisation_id, order_id, line_id, kind, debit, credit, amount_fen
)
select organisation_id, order_id, line_id, 'fee', 'receivable', 'cancellation_fees', $2::bigint
from order_lines
where line_id = $1 and $2::bigint > 0
on conflict (line_id) where kind = 'fee' do nothing
"""

PAYMENT: Final = """
insert into ledger_movements (
    organisation_id, order_id, line_id, payment_id, kind, debit, credit, amount_fen
)
select
    part.organisation_id, payments.order_id, payments.line_id, payment_id, 'payment',
    'provider', 'receivable', part.captured_fen
from payments
join payment_parts as part using (payment_id)
where payment_id = $1 and part.captured_fen > 0
order by part.organisation_id
on conflict (payment_id, organisation_id) where kind = 'payment' do nothing
"""

REFUNDS: Final = """
insert into ledger_movements (
    organisation_id, order_id, line_id, payment_id, refund_id, kind, debit, credit, amount_fen
)
select
    organisation_id, order_id, line_id, payment_id, refund_id, $2, $3, $4, amount_fen
from refunds
where refund_id = any ($1::uuid[])
order by refund_id
on conflict (refund_id, kind) where refund_id is not null do nothing
"""

CASH: Final = """
insert into ledger_movements (
    organisation_id, order_id, line_id, receipt_id, kind, debit, credit, amount_fen
)
select
    organisation_id, order_id, line_id, receipt_id, 'cash', 'cash', 'receivable', amount_fen
from cash_receipts
where receipt_id = $1
on conflict (receipt_id) where receipt_id is not null do nothing
"""


async def post_sales(conn: Connection, order_ids: Sequence[UUID]) -> None:
    """Write down what the kept lines of orders were sold for; those known already are left out."""
    await conn.execute(SALES, order_ids)


async def reverse_sale(conn: Connection, line_ids: Sequence[UUID]) -> None:
    """Take back the whole sales of lines that don't stand any more; those never sold have none."""
    await conn.execute(REVERSE_SALES, line_ids)


async def post_fee(conn: Connection, line_id: UUID, fen: int) -> None:
    """Write down what the operator keeps of a cancelled line; nothing where that is 0 fen."""
    await conn.execute(FEE, line_id, fen)


async def post_payment(conn: Connection, payment_id: UUID) -> None:
    """Write down what each operator got of a captured payment."""
    await conn.execute(PAYMENT, payment_id)


async def post_refunds_requested(conn: Connection, refund_ids: Sequence[UUID]) -> None:
    """Write down what is owed to the visitor since refunds were asked for."""
    await conn.execute(REFUNDS, refund_ids, "refund_requested", "receivable", "refunds_owed")


async def post_refund_done(conn: Connection, refund_id: UUID) -> None:
    """Write down that the money of a refund has left the operator."""
    await conn.execute(REFUNDS, [refund_id], "refund_done", "refunds_owed", "provider")


async def post_cash(conn: Connection, receipt_id: UUID) -> None:
    """Write down cash that was taken at a venue."""
    await conn.execute(CASH, receipt_id)

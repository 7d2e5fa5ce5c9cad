"""Violations of I2, and which statement has to find each."""

from typing import Final

from deploy.verify import books, money
from tests.bookings.proof.plantings import fen

MONEY: Final = {
    "an order's price changed": fen(
        """
        update orders set total_fen = total_fen + 1
        where order_id = (select order_id from orders limit 1)
        """,
        money.TOTALS,
    ),
    "an order without lines": fen(
        """
        insert into orders (
            order_id, code, account_id, state, accepted_payment, total_fen, contact_sealed
        )
        values (uuidv7(), 'EMPTY', uuidv7(), 'expired', 'free', 0, '')
        """,
        money.TOTALS,
    ),
    "a breakdown that does not add up": fen(
        """
        update order_lines set breakdown = breakdown || breakdown
        from chosen where line_id = stay_id
        """,
        money.BREAKDOWNS,
    ),
    "an operator got less than was captured": fen(
        """
        update payment_parts set captured_fen = captured_fen - 1
        from chosen where payment_id = paid_id
        """,
        money.PARTS,
    ),
    "an operator was to get more than was asked for": fen(
        """
        update payment_parts set amount_fen = amount_fen + 1
        from chosen where payment_id = paid_id
        """,
        money.PARTS,
    ),
    "a refund that the payment does not count": fen(
        """
        update payments set refunded_fen = refunded_fen - 1 from chosen where payment_id = late_id
        """,
        money.REFUNDS,
    ),
    "a refund that the operator's part does not count": fen(
        """
        update payment_parts set refunded_fen = refunded_fen - 1
        from chosen where payment_id = late_id
        """,
        money.REFUNDS,
    ),
    "more was asked back than was paid": fen(
        """
        alter table payments drop constraint payments_refunded_fen_check;
        alter table payment_parts drop constraint payment_parts_refunded_fen_check;
        update refunds set amount_fen = amount_fen + 1
        from chosen where payment_id = late_id;
        update payments set refunded_fen = refunded_fen + 1
        from chosen where payment_id = late_id;
        update payment_parts set refunded_fen = refunded_fen + 1
        from chosen where payment_id = late_id
        """,
        money.REFUNDS,
    ),
    "two payments paid for one order": fen(
        """
        drop index payments_honoured_once;
        update payments set line_id = null from chosen where payment_id = difference_id
        """,
        money.PAID_TWICE,
    ),
    "money was kept for nothing": fen(
        """
        update payments set honoured = false from chosen where payment_id = paid_id
        """,
        money.NEITHER_NOR,
        says="captured for nothing",
    ),
    "money that went back paid for an order too": fen(
        "update payments set honoured = true from chosen where payment_id = late_id",
        money.NEITHER_NOR,
        says="never confirmed",
    ),
    "a payment for a change that does not stand": fen(
        "update payments set line_id = waiting_id from chosen where payment_id = difference_id",
        money.NEITHER_NOR,
        says="never stood",
    ),
    "an order was confirmed without its payment": fen(
        """
        update payments set line_id = waiting_id from chosen
        where payment_id = paid_id
        """,
        money.NEITHER_NOR,
        says="without a payment",
    ),
    "nobody noted what a cancellation brings back": fen(
        "delete from line_cancellations using chosen where line_id = cancelled_id",
        money.CANCELLATIONS,
        says="nobody noted",
    ),
    "less came back than was said": fen(
        """
        update line_cancellations set refund_fen = refund_fen + 1 from chosen
        where line_id = cancelled_id
        """,
        money.CANCELLATIONS,
        says="to come back and a fee",
    ),
    "a cancellation that does not share out the price": fen(
        """
        update order_lines set price_fen = price_fen + 1,
            breakdown = breakdown || '{"amount_fen": 1}'
        from chosen where line_id = cancelled_id
        """,
        money.CANCELLATIONS,
    ),
    "cash that was received and not booked": fen(
        """
        insert into cash_receipts (
            receipt_id, order_id, line_id, organisation_id, amount_fen, received_by
        )
        select uuidv7(), order_id, line_id, organisation_id, 1, line_id
        from order_lines join chosen on line_id = stay_id
        """,
        books.ACCOUNTS,
    ),
    "a sale of nothing": fen(
        """
        insert into ledger_movements (organisation_id, order_id, kind, debit, credit, amount_fen)
        values (uuidv7(), uuidv7(), 'sale', 'receivable', 'sales', 1)
        """,
        books.ACCOUNTS,
    ),
    "a sale is not in the books": fen(
        "delete from ledger_movements where kind = 'sale'", books.ACCOUNTS
    ),
    "a reversed sale is not in the books": fen(
        "delete from ledger_movements where kind = 'sale_reversed'", books.ACCOUNTS
    ),
    "a fee is not in the books": fen(
        "delete from ledger_movements where kind = 'fee'", money.CANCELLATIONS
    ),
    "a payment is not in the books": fen(
        "delete from ledger_movements where kind = 'payment'", books.ACCOUNTS
    ),
    "cash is not in the books": fen(
        "delete from ledger_movements where kind = 'cash'", books.ACCOUNTS
    ),
    "a refund that was asked for is not in the books": fen(
        "delete from ledger_movements where kind = 'refund_requested'", books.ACCOUNTS
    ),
    "a refund that is done is not in the books": fen(
        "delete from ledger_movements where kind = 'refund_done'", books.ACCOUNTS
    ),
    "entries that don't balance": fen(
        """
        create or replace view ledger_entries as
        select movement_id, organisation_id, order_id, kind, debit as account, amount_fen, moved_at
        from ledger_movements
        """,
        books.BALANCES,
    ),
    "a fee that was taken from the refunds": fen(
        "update ledger_movements set debit = 'refunds_owed' where kind = 'fee'", books.KINDS
    ),
    "a sale of another operator": fen(
        """
        update ledger_movements set organisation_id = uuidv7()
        from chosen
        where line_id = stay_id
        """,
        books.STRANGERS,
    ),
}

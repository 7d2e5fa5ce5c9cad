"""I2, money: the operators' books say what orders, payments and receipts say. See `money.py`."""

from typing import Final

# Each account of each operator in each order. The cancellation fees follow from the others.
ACCOUNTS: Final = """
with booked as (
    select order_id, organisation_id, account, sum(amount_fen) as fen
    from bookings.ledger_entries
    where account <> 'cancellation_fees'
    group by order_id, organisation_id, account
),
sold as (
    select order_id, organisation_id, payment_method, sum(price_fen) as fen
    from bookings.order_lines
    join bookings.orders using (order_id)
    where left_as is null
        and claim_state = 'kept'
        and state in ('confirmed', 'completed', 'no_show')
    group by order_id, organisation_id, payment_method
),
due as (
    select order_id, organisation_id, 'sales' as account, -fen as fen from sold
    union all
    -- What is paid at the venue is owed until it was.
    select order_id, organisation_id, 'receivable', fen from sold where payment_method = 'on_site'
    union all
    select order_id, organisation_id, 'receivable', -amount_fen from bookings.cash_receipts
    union all
    select order_id, organisation_id, 'cash', amount_fen from bookings.cash_receipts
    union all
    select payments.order_id, part.organisation_id, 'provider', part.captured_fen
    from bookings.payments
    join bookings.payment_parts as part using (payment_id)
    union all
    select order_id, organisation_id, 'provider', -amount_fen
    from bookings.refunds
    where state = 'done'
    union all
    select order_id, organisation_id, 'refunds_owed', -amount_fen
    from bookings.refunds
    where state <> 'done'
),
expected as (
    select order_id, organisation_id, account, sum(fen) as fen
    from due
    group by order_id, organisation_id, account
)
select format('order %s, operator %s: %s is %s in the books, %s by what happened', code,
              organisation_id, account, coalesce(booked.fen, 0), coalesce(expected.fen, 0))
from booked
full join expected using (order_id, organisation_id, account)
left join bookings.orders using (order_id)
where coalesce(booked.fen, 0) <> coalesce(expected.fen, 0)
"""

BALANCES: Final = """
select format('movement %s: its entries sum to %s', movement_id, sum(amount_fen))
from bookings.ledger_entries
group by movement_id
having sum(amount_fen) <> 0 or count(*) <> 2
"""

# Each kind of movement has its accounts.
KINDS: Final = """
select format('movement %s: %s from %s to %s', movement_id, kind, credit, debit)
from bookings.ledger_movements
where (kind, debit, credit) not in (
    ('sale', 'receivable', 'sales'),
    ('sale_reversed', 'sales', 'receivable'),
    ('fee', 'receivable', 'cancellation_fees'),
    ('payment', 'provider', 'receivable'),
    ('cash', 'cash', 'receivable'),
    ('refund_requested', 'receivable', 'refunds_owed'),
    ('refund_done', 'refunds_owed', 'provider')
)
"""

# Money that moves for a line is its own operator's, and its own order's.
STRANGERS: Final = """
select format('movement %s: of line %s, but not of its operator and order', movement_id, line_id)
from bookings.ledger_movements as moved
join bookings.order_lines as line using (line_id)
where (moved.organisation_id, moved.order_id) <> (line.organisation_id, line.order_id)
"""

"""I2, money: every fen is accounted for. See `invariants.py`, and docs/adr for the ledger."""

from typing import Final

# A line that waits for the payment of a change counts from then on.
TOTALS: Final = """
select format('order %s: total %s, lines %s', code, total_fen, sum(price_fen) filter (
    where left_as is null and not (held_until is not null and claim_state = 'held')
))
from bookings.orders
left join bookings.order_lines using (order_id)
group by order_id
having total_fen is distinct from sum(price_fen) filter (
    where left_as is null and not (held_until is not null and claim_state = 'held')
)
"""

# Lines from before days had types say only what they cost.
BREAKDOWNS: Final = """
select format('line %s: costs %s, its breakdown comes to %s', line_id, price_fen, steps.fen)
from bookings.order_lines
cross join lateral (
    select coalesce(sum((step ->> 'amount_fen')::bigint), 0) as fen
    from jsonb_array_elements(breakdown) as step
) as steps
where day_type is not null and steps.fen <> price_fen
"""

PARTS: Final = """
select format('payment %s: %s asked for, its parts %s; %s captured, its parts %s', number,
              payments.amount_fen, sum(part.amount_fen), payments.captured_fen,
              sum(part.captured_fen))
from bookings.payments
left join bookings.payment_parts as part using (payment_id)
group by payment_id
having payments.amount_fen is distinct from sum(part.amount_fen)
    or coalesce(payments.captured_fen, 0) is distinct from sum(part.captured_fen)
"""

# What was asked back counts, whether it arrived already or not.
REFUNDS: Final = """
select format('payment %s, operator %s: %s captured, %s counted as refunded, refunds of %s',
              payments.number, organisation_id, part.captured_fen, part.refunded_fen,
              coalesce(asked.fen, 0))
from bookings.payment_parts as part
join bookings.payments using (payment_id)
left join (
    select payment_id, organisation_id, sum(amount_fen) as fen
    from bookings.refunds
    group by payment_id, organisation_id
) as asked using (payment_id, organisation_id)
where part.refunded_fen <> coalesce(asked.fen, 0) or coalesce(asked.fen, 0) > part.captured_fen
union all
select format('payment %s: %s captured, %s counted as refunded, refunds of %s', number,
              coalesce(captured_fen, 0), refunded_fen, coalesce(asked.fen, 0))
from bookings.payments
left join (
    select payment_id, sum(amount_fen) as fen from bookings.refunds group by payment_id
) as asked using (payment_id)
where refunded_fen <> coalesce(asked.fen, 0) or coalesce(asked.fen, 0) > coalesce(captured_fen, 0)
"""

PAID_TWICE: Final = """
select format('order %s: %s payments honoured for %s', code, count(*), case
    when line_id is null then 'the order' else format('the change of line %s', line_id)
end)
from bookings.payments
join bookings.orders using (order_id)
where honoured
group by orders.order_id, line_id
having count(*) > 1
"""

# Money pays for something, or goes back whole.
NEITHER_NOR: Final = """
select format('payment %s: %s captured for nothing, %s goes back', number, captured_fen,
              refunded_fen)
from bookings.payments
where state = 'captured' and not honoured and refunded_fen <> captured_fen
union all
select format('payment %s: honoured, by order %s that was never confirmed', number, code)
from bookings.payments
join bookings.orders using (order_id)
where honoured and confirmed_at is null
union all
select format('payment %s: honoured, for the change to line %s that never stood', number, line_id)
from bookings.payments
join bookings.order_lines using (line_id)
where honoured and (left_as = 'lapsed' or (held_until is not null and claim_state = 'held'))
union all
select format('order %s: confirmed by %s without a payment', code, payment_method)
from bookings.orders
where confirmed_at is not null
    and payment_method in ('sandbox', 'wechatpay', 'alipay')
    and not exists (
        select
        from bookings.payments
        where payments.order_id = orders.order_id and line_id is null and honoured
    )
"""

# What a visitor was told to get back is what was asked back, and the rest is the operator's.
CANCELLATIONS: Final = """
select format('line %s: cancelled, and nobody noted what comes back', line_id)
from bookings.order_lines
join bookings.orders using (order_id)
where (left_as = 'cancelled' or (left_as is null and orders.state = 'cancelled'))
    and not exists (
        select
        from bookings.line_cancellations as noted
        where noted.line_id = order_lines.line_id
    )
union all
select format('line %s: cancelled with %s to come back and a fee of %s; refunds of %s, a fee of %s',
              noted.line_id, noted.refund_fen, noted.fee_fen, asked.fen, kept.fen)
from bookings.line_cancellations as noted
join bookings.order_lines as line using (line_id)
cross join lateral (
    select coalesce(sum(amount_fen), 0) as fen
    from bookings.refunds
    where refunds.line_id = noted.line_id and refunds.cause = noted.cause
) as asked
cross join lateral (
    select coalesce(sum(amount_fen), 0) as fen
    from bookings.ledger_movements as moved
    where moved.line_id = noted.line_id and moved.kind = 'fee'
) as kept
where (noted.refund_fen, noted.fee_fen) <> (asked.fen, kept.fen)
    or (noted.percent is not null and noted.refund_fen + noted.fee_fen <> line.price_fen)
"""

COUNT: Final = """
select
    (select count(*) from bookings.orders) as orders,
    (select count(*) from bookings.payments) as payments,
    (select count(*) from bookings.refunds) as refunds,
    (select count(*) from bookings.ledger_movements) as movements,
    (select coalesce(sum(captured_fen), 0)::bigint from bookings.payments) as fen_captured
"""

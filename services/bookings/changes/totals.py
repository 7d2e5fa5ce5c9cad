"""The total of an order whose lines came and went, and how it may be paid."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from shared.db import Connection

# A line that waits for the payment of a change counts from then on. While nothing was paid, the
# strictest of the lines says how it may be; where nothing is left to be paid, the order is free.
CORRECT: Final = """
update orders
set
    total_fen = standing.total_fen,
    accepted_payment = case
        when orders.state <> 'held' then orders.accepted_payment
        when standing.total_fen = 0 then 'free'
        else coalesce(standing.strictest, orders.accepted_payment)
    end
from unnest($1::uuid[]) as wanted (order_id)
cross join lateral (
    select
        coalesce(sum(price_fen), 0)::bigint as total_fen,
        (array['free', 'on_site', 'online'])[
            max(array_position(array['free', 'on_site', 'online'], edition.payment))
        ] as strictest
    from order_lines
    left join offering_editions as edition
        on edition.offering_id = order_lines.offering_id
        and edition.version = order_lines.offering_version
    where order_lines.order_id = wanted.order_id
        and left_as is null
        and (held_until is null or claim_state <> 'held')
) as standing
where orders.order_id = wanted.order_id
"""


async def correct_total(conn: Connection, order_id: UUID) -> None:
    """Make the total the sum of the lines that stand. The caller holds the order's lock."""
    await correct_totals(conn, [order_id])


async def correct_totals(conn: Connection, order_ids: Sequence[UUID]) -> None:
    """Make the totals of orders what their lines that stand sum to, see `correct_total`."""
    await conn.execute(CORRECT, order_ids)

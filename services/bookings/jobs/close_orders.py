"""Close orders: when the last line is over, somebody came, or nobody did."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings.one_by_one import in_batches
from shared.contracts.bookings import OrderCompleted, OrderNotShown
from shared.db import Database, acquire, fetch_all, transaction
from shared.http.keys import DATABASE
from shared.messaging import outbox
from shared.messaging.outbox import Telling

BATCH: Final = 200
# A run after a long pause leaves the rest to the next one.
MOST: Final = 20_000

_log: Final = structlog.get_logger()

# Orders with a line that is over, which nobody has noted yet. What is only held expires first.
FIND_DUE: Final = """
select order_id
from (
    select order_id
    from order_lines
    where not is_over and over_at <= now()
    order by over_at
    limit $1
) as line
join orders using (order_id)
where orders.state <> 'held'
group by order_id
order by order_id
"""

# An order that somebody is busy with is left to the next run.
LOCK: Final = """
select order_id
from orders
where order_id = any ($1::uuid[]) and state <> 'held'
order by order_id
for update skip locked
"""

NOTE_OVER: Final = """
update order_lines
set is_over = true
where order_id = any ($1::uuid[]) and not is_over and over_at <= now()
"""

CLOSE: Final = """
update orders
set
    state = case
        when exists (
            select 1 from check_ins join order_lines using (line_id)
            where order_lines.order_id = orders.order_id
        ) then 'completed'
        else 'no_show'
    end,
    version = version + 1
where order_id = any ($1::uuid[])
    and state = 'confirmed'
    and not exists (
        select 1
        from order_lines
        where order_lines.order_id = orders.order_id and not order_lines.is_over
    )
returning order_id, account_id, version, state
"""


@dataclass(frozen=True, slots=True)
class Closed:
    """An order whose last line is over."""

    order_id: UUID
    account_id: UUID
    version: int
    state: Literal["completed", "no_show"]


async def close_orders(app: web.Application) -> None:
    """Close all orders whose last line is over by the database's clock, some hundred at a time.

    A line is over two hours after its end, a stay at two in the afternoon of its departure, and
    one that left its order at once. An order of which one ticket was used is completed, any
    other one is a no-show; no money moves. A batch that fails is done again order by order, so
    that one broken order, which the log names, keeps no other one open.
    """
    database = app[DATABASE]
    async with acquire(database) as conn:
        due = [row["order_id"] for row in await conn.fetch(FIND_DUE, MOST)]
    close = partial(_close, database)
    await in_batches(due, BATCH, close, stuck="order.close_stuck", name="order_id")


async def _close(database: Database, order_ids: Sequence[UUID]) -> None:
    async with transaction(database) as conn:
        locked = [row["order_id"] for row in await conn.fetch(LOCK, order_ids)]
        await conn.execute(NOTE_OVER, locked)
        closed = await fetch_all(conn, Closed, CLOSE, locked)
        await outbox.add_many(
            conn, (Telling(_event(order), order.order_id, order.version) for order in closed)
        )
    for order in closed:
        _log.info("order.closed", order_id=str(order.order_id), state=order.state)


def _event(order: Closed) -> OrderCompleted | OrderNotShown:
    kind = OrderCompleted if order.state == "completed" else OrderNotShown
    return kind(order_id=order.order_id, account_id=order.account_id)

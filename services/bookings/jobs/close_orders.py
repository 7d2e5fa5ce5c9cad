"""Close orders: when the last line is over, somebody came, or nobody did."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

import asyncpg
import structlog
from aiohttp import web

from shared.contracts.bookings import OrderCompleted, OrderNotShown
from shared.db import Database, acquire, fetch_all, retry, transaction
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
    for first in range(0, len(due), BATCH):
        batch = due[first : first + BATCH]
        if not await _try(database, batch):
            for order_id in batch:
                await _try(database, [order_id])


async def _try(database: Database, order_ids: Sequence[UUID]) -> bool:
    try:
        await retry(lambda: _close(database, order_ids))
    except asyncpg.IntegrityConstraintViolationError as error:
        if len(order_ids) == 1:
            stuck = {"order_id": str(order_ids[0]), "constraint": error.constraint_name}
            _log.exception("order.close_stuck", **stuck)
        return False
    return True


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

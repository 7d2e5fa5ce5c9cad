"""Expire holds: orders that nobody paid for in time give their places back."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from aiohttp import web

from services.bookings import engine
from shared.contracts.bookings import OrderExpired
from shared.db import Database, acquire, fetch_all, retry, transaction
from shared.http.keys import DATABASE
from shared.messaging import outbox
from shared.messaging.outbox import Telling

BATCH: Final = 200

_log: Final = structlog.get_logger()

FIND_DUE: Final = """
select order_id from orders where state = 'held' and hold_expires_at <= now() order by order_id
"""

# An order that is being paid for or cancelled at this moment is locked: it is left to its fate.
EXPIRE: Final = """
update orders
set state = 'expired', version = version + 1
where order_id in (
    select order_id
    from orders
    where order_id = any ($1::uuid[]) and state = 'held' and hold_expires_at <= now()
    order by order_id
    for update skip locked
)
returning order_id, account_id, version
"""


@dataclass(frozen=True, slots=True)
class Expired:
    """An order whose time is over."""

    order_id: UUID
    account_id: UUID
    version: int


async def expire_holds(app: web.Application) -> None:
    """Expire all holds whose time is over by the database's clock, some hundred at a time.

    A batch that fails is done again order by order, so that one broken order, which the log
    names, keeps no other one's places.
    """
    database = app[DATABASE]
    async with acquire(database) as conn:
        due = [row["order_id"] for row in await conn.fetch(FIND_DUE)]
    for first in range(0, len(due), BATCH):
        batch = due[first : first + BATCH]
        if not await _try(database, batch):
            for order_id in batch:
                await _try(database, [order_id])


async def _try(database: Database, order_ids: list[UUID]) -> bool:
    try:
        await retry(lambda: _expire(database, order_ids))
    except asyncpg.IntegrityConstraintViolationError as error:
        if len(order_ids) == 1:
            stuck = {"order_id": str(order_ids[0]), "constraint": error.constraint_name}
            _log.exception("order.hold_stuck", **stuck)
        return False
    return True


async def _expire(database: Database, order_ids: list[UUID]) -> None:
    async with transaction(database) as conn:
        expired = await fetch_all(conn, Expired, EXPIRE, order_ids)
        await engine.release(conn, [order.order_id for order in expired])
        await outbox.add_many(
            conn,
            (
                Telling(
                    OrderExpired(order_id=order.order_id, account_id=order.account_id),
                    order.order_id,
                    order.version,
                )
                for order in expired
            ),
        )
    for order in expired:
        _log.info("order.hold_expired", order_id=str(order.order_id))

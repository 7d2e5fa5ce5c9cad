"""Expire holds: orders that nobody paid for in time give their places back."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings import engine
from shared.contracts.bookings import OrderExpired
from shared.db import Database, fetch_all, retry, transaction
from shared.http.keys import DATABASE
from shared.messaging import outbox
from shared.messaging.outbox import Telling

BATCH: Final = 200

_log: Final = structlog.get_logger()

# An order that is being paid for or cancelled at this moment is locked: it is left to its fate.
EXPIRE: Final = """
update orders
set state = 'expired', version = version + 1
where order_id in (
    select order_id
    from orders
    where state = 'held' and hold_expires_at <= now()
    order by hold_expires_at
    limit $1
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
    """Expire all holds whose time is over by the database's clock, some hundred at a time."""
    database = app[DATABASE]
    while await retry(lambda: _expire_batch(database)) == BATCH:
        continue


async def _expire_batch(database: Database) -> int:
    async with transaction(database) as conn:
        expired = await fetch_all(conn, Expired, EXPIRE, BATCH)
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
    return len(expired)

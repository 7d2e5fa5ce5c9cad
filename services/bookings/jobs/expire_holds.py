"""Expire holds: orders that nobody paid for in time give their places back.

One that is being paid for is asked about first: its payment is closed at the provider, and where
that turns out to be too late, the order is paid. A provider that is away or slow keeps no places
from others: after some seconds all that are due expire, and money that it reports later is dealt
with then (see `capturing.py`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings import engine
from services.bookings.errors import CallbackRefused
from services.bookings.one_by_one import in_batches
from services.bookings.payments.settling import close
from services.bookings.payments.stored import find_payment
from shared.contracts.bookings import OrderExpired
from shared.db import Database, acquire, fetch_all, transaction
from shared.http.keys import DATABASE
from shared.messaging import outbox
from shared.messaging.outbox import Telling

BATCH: Final = 200
CLOSED_AT_ONCE: Final = 8
# For all payments of a run together; `ask_payments` closes those that were not.
MOST_SECONDS_CLOSING: Final = 5.0

_log: Final = structlog.get_logger()

FIND_DUE: Final = """
select
    order_id,
    array(
        select payment_id
        from payments
        where payments.order_id = orders.order_id and payments.state = 'started'
    ) as payment_ids
from orders
where state = 'held' and hold_expires_at <= now()
order by order_id
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
class Due:
    """An order whose time is over, and the payments that might still pay for it."""

    order_id: UUID
    payment_ids: list[UUID]


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
        due = await fetch_all(conn, Due, FIND_DUE)
    await _expire_all(database, [order.order_id for order in due if not order.payment_ids])
    paying = [order for order in due if order.payment_ids]
    await _close_all(app, [payment for order in paying for payment in order.payment_ids])
    await _expire_all(database, [order.order_id for order in paying])


async def _close_all(app: web.Application, payment_ids: list[UUID]) -> None:
    """Close payments, some at a time, for as long as there is time."""
    free = asyncio.Semaphore(CLOSED_AT_ONCE)

    async def close_one(payment_id: UUID) -> None:
        async with free:
            await _close(app, payment_id)

    try:
        async with asyncio.timeout(MOST_SECONDS_CLOSING):
            await asyncio.gather(*map(close_one, payment_ids))
    except TimeoutError:
        _log.warning("payment.closing_slow", payments=len(payment_ids))


async def _close(app: web.Application, payment_id: UUID) -> None:
    try:
        async with acquire(app[DATABASE]) as conn:
            payment = await find_payment(conn, payment_id)
        if payment is not None:
            await close(app, payment)
    except CallbackRefused as error:
        _log.warning("payment.unclear", payment_id=str(payment_id), reason=str(error))
    except Exception:  # noqa: BLE001 - one payment must not keep the places of others
        _log.exception("payment.stuck", payment_id=str(payment_id))


async def _expire_all(database: Database, due: Sequence[UUID]) -> None:
    expire = partial(_expire, database)
    await in_batches(due, BATCH, expire, stuck="order.hold_stuck", name="order_id")


async def _expire(database: Database, order_ids: Sequence[UUID]) -> None:
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

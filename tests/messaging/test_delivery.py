"""An event takes effect exactly once, in order, soon, and only if its transaction committed."""

import asyncio
import time
from uuid import UUID, uuid4

import pytest

from shared.contracts.bookings import OrderExpired
from shared.core import tracing
from shared.db import Connection, transaction
from shared.messaging import outbox
from shared.messaging.outbox import Telling
from tests.messaging.conftest import Pair, add_expired, until

LOCK_AGGREGATE = "select pg_advisory_xact_lock(hashtextextended($1::text, 0))"
NEXT_VERSION = "select coalesce(max(version), 0) + 1 from outbox where subject = $1"
UNSENT = "select count(*) from outbox where sent_at is null"
COUNT = "select count(*) from effects where subject = any($1::uuid[])"

pytestmark = pytest.mark.kafka


async def test_an_event_of_a_committed_transaction_takes_effect_once(pair: Pair) -> None:
    order_id = uuid4()
    await pair.tell(order_id)
    assert await pair.heard(order_id) == [1]


async def test_an_event_takes_effect_soon_after_the_commit(pair: Pair) -> None:
    warm_up, order_id = uuid4(), uuid4()
    await pair.tell(warm_up)
    await pair.heard(warm_up)
    began = time.monotonic()
    await pair.tell(order_id)
    await pair.heard(order_id)
    assert time.monotonic() - began < 1.0


async def test_an_event_of_a_rolled_back_transaction_is_never_told(pair: Pair) -> None:
    never, later = uuid4(), uuid4()
    with pytest.raises(RuntimeError, match="changed my mind"):
        async with transaction(pair.bookings) as conn:
            await add_expired(conn, never, 1)
            raise RuntimeError("changed my mind")
    await pair.tell(later)
    await pair.heard(later)
    assert await pair.effects(never) == []


async def test_events_of_one_aggregate_stay_in_order_whoever_writes_them(pair: Pair) -> None:
    orders = [uuid4() for _ in range(6)]

    async def next_version(conn: Connection, order_id: UUID) -> None:
        await conn.execute(LOCK_AGGREGATE, str(order_id))
        await add_expired(conn, order_id, await conn.fetchval(NEXT_VERSION, order_id))

    async def write() -> None:
        for order_id in orders * 3:
            async with transaction(pair.bookings) as conn:
                await next_version(conn, order_id)

    await asyncio.gather(*(write() for _ in range(5)))
    for order_id in orders:
        assert await pair.heard(order_id, 15) == list(range(1, 16))


async def test_a_batch_of_thousands_is_told_in_one_statement(pair: Pair) -> None:
    orders = [uuid4() for _ in range(4000)]
    began = time.monotonic()
    async with transaction(pair.bookings) as conn:
        await outbox.add_many(
            conn,
            (
                Telling(OrderExpired(order_id=order_id, account_id=uuid4()), order_id, 1)
                for order_id in orders
            ),
        )

    async def sent() -> bool:
        async with transaction(pair.bookings) as conn:
            return bool(await conn.fetchval(UNSENT) == 0)

    async def all_heard() -> bool:
        async with transaction(pair.statistics) as conn:
            return bool(await conn.fetchval(COUNT, orders) == len(orders))

    await until(sent)
    drained = time.monotonic() - began
    await until(all_heard)
    assert len(orders) / drained > 1000, f"{len(orders) / drained:.0f} events a second"


async def test_the_effect_belongs_to_the_trace_of_the_cause(pair: Pair) -> None:
    order_id = uuid4()
    trace = tracing.start()
    await pair.tell(order_id)
    await pair.heard(order_id)
    async with transaction(pair.statistics) as conn:
        heard = await conn.fetchval("select trace_id from effects where subject = $1", order_id)
    assert heard == trace.trace_id


async def test_events_are_told_inside_a_transaction_only(pair: Pair) -> None:
    event = OrderExpired(order_id=uuid4(), account_id=uuid4())
    async with pair.bookings.session() as conn:
        with pytest.raises(LookupError):
            await outbox.add(conn, event, subject=event.order_id, version=1)

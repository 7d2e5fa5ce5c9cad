"""A broker that is killed, and in the embedded stack comes back empty, costs nothing but time."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from deploy.local.broker import ApacheKafka, EmbeddedBroker
from shared.contracts.bookings import OrderExpired
from shared.contracts.topics import TOPICS
from shared.db import transaction
from shared.messaging.relay import OutdatedEpoch, rewind_for
from shared.messaging.sending import OutboxRow, send
from tests.conftest import Connect
from tests.messaging.conftest import Pair, add_expired

EPOCHS = "select count(*) from broker_epochs"
MARK_ALL = "update outbox set sent_at = now()"
UNSENT = "select count(*) from outbox where sent_at is null"

pytestmark = pytest.mark.kafka


async def epochs(pair: Pair) -> int:
    async with transaction(pair.bookings) as conn:
        count: int = await conn.fetchval(EPOCHS)
        return count


async def test_orders_go_on_and_every_event_takes_effect_once_when_the_broker_is_killed(
    pair: Pair, broker: EmbeddedBroker | ApacheKafka
) -> None:
    before, orders = uuid4(), [uuid4() for _ in range(300)]
    await pair.tell(before)
    await pair.heard(before)
    epoch, met = pair.telling.epochs.current, await epochs(pair)

    async def place_orders() -> None:
        for order_id in orders:
            for version in (1, 2):
                await pair.tell(order_id, version)
            await asyncio.sleep(0.005)

    placing = asyncio.create_task(place_orders())
    await asyncio.sleep(1)
    assert broker.process is not None
    broker.process.kill()
    await broker.process.wait()
    try:
        # The orders don't wait for the broker: it is away until all are placed.
        await placing
    finally:
        await broker.start()
    for order_id in orders:
        assert await pair.heard(order_id, 2, 30.0) == [1, 2]
    assert await pair.effects(before) == [1]
    assert pair.telling.epochs.current == pair.hearing.epochs.current
    if isinstance(broker, ApacheKafka):
        assert pair.telling.epochs.current == epoch
    else:
        assert pair.telling.epochs.current != epoch
        assert await epochs(pair) == met + 1


async def test_topics_have_the_right_number_of_partitions(pair: Pair) -> None:
    order_id = uuid4()
    await pair.tell(order_id)
    await pair.heard(order_id)
    async with pair.broker.admin() as admin:
        found = {
            topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()
        }
    assert {name: found[name] for name in TOPICS} == {
        name: topic.partitions for name, topic in TOPICS.items()
    }


async def test_a_relay_that_believes_in_another_broker_can_not_bring_events_out_of_order(
    pair: Pair,
) -> None:
    before, order_id, later = uuid4(), uuid4(), uuid4()
    # The topics are there: nothing that is sent from here on is swept away with them.
    await pair.tell(before)
    await pair.heard(before)
    overtaking = OutboxRow(
        position=1,
        id=uuid4(),
        topic=OrderExpired.topic,
        subject=order_id,
        version=2,
        type=OrderExpired.event_type,
        payload=OrderExpired(order_id=order_id, account_id=uuid4()).model_dump_json(),
        traceparent=None,
        created_at=datetime.now(UTC),
    )
    async with pair.broker.producer() as producer:
        outcome = await send(producer, [overtaking], uuid4())
    assert outcome.error is None
    await pair.tell(order_id, 1)
    await pair.tell(order_id, 2)
    await pair.tell(later)
    await pair.heard(later)
    assert await pair.heard(order_id, 2) == [1, 2]


async def test_a_new_broker_is_told_everything_once_and_an_outdated_relay_stands_back(
    connect: Connect,
) -> None:
    bookings = await connect("bookings")
    order_id, first, second = uuid4(), uuid4(), uuid4()
    async with transaction(bookings) as conn:
        await add_expired(conn, order_id, 1)
    async with bookings.session() as conn:
        await rewind_for(conn, first)
        await conn.execute(MARK_ALL)
        await rewind_for(conn, first)
        assert await conn.fetchval(UNSENT) == 0
        await rewind_for(conn, second)
        assert await conn.fetchval(UNSENT) == 1
        with pytest.raises(OutdatedEpoch):
            await rewind_for(conn, first)

"""A broker that is killed, and in the embedded stack comes back empty, costs nothing but time."""

import asyncio
from uuid import uuid4

import pytest

from deploy.local.broker import ApacheKafka, EmbeddedBroker
from shared.db import transaction
from shared.messaging.topics import TOPICS
from tests.messaging.conftest import Pair

EPOCHS = "select count(*) from broker_epochs"

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
    # The orders don't wait for the broker.
    async with asyncio.timeout(5):
        await placing
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

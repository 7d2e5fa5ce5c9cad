"""What can't be taken in is put aside with its reason, stops nobody, and can be replayed."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from shared.contracts.bookings import OrderExpired
from shared.core.errors import Unavailable
from shared.core.ids import new_id
from shared.db import transaction
from shared.messaging.sending import HEADERS
from tests.messaging.conftest import Pair, until

LETTERS = """
select event_type, reason, tries, replayed_at is not null as replayed
from dead_letters
where event_id = $1
"""
LETTERS_BY_VALUE = """
select event_type, reason, tries, replayed_at is not null as replayed
from dead_letters
where message_value = $1
"""
IN_INBOX = "select count(*) from inbox where event_id = $1"
EVENT_ID = "select id from outbox where subject = $1"

pytestmark = pytest.mark.kafka


async def send_raw(pair: Pair, value: bytes, key: UUID) -> None:
    async with pair.broker.producer() as producer:
        await producer.send_and_wait(
            OrderExpired.topic, value=value, key=str(key).encode(), headers=HEADERS
        )


def document(order_id: UUID, **changes: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "/xiangyou/bookings",
        "type": OrderExpired.event_type,
        "subject": str(order_id),
        "time": "2026-09-01T10:00:00Z",
        "datacontenttype": "application/json",
        "version": 1,
        "data": {"order_id": str(order_id), "account_id": str(order_id)},
        "extension": "ignored",
        **changes,
    }


async def event_id_of(pair: Pair, order_id: UUID) -> UUID:
    async with transaction(pair.bookings) as conn:
        found: UUID = await conn.fetchval(EVENT_ID, order_id)
        return found


def letter_by(
    pair: Pair, statement: str, key: object, *, replayed: bool
) -> Callable[[], Awaitable[bool]]:
    async def there() -> bool:
        async with transaction(pair.statistics) as conn:
            row = await conn.fetchrow(statement, key)
        return row is not None and row["replayed"] is replayed

    return there


async def command(pair: Pair, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "shared.messaging", "dead-letters", *arguments, "--service", "statistics"),
        env={
            **os.environ,
            "STATISTICS_DATABASE_URL": pair.clone.url("statistics"),
            "KAFKA_BOOTSTRAP_SERVERS": pair.broker.bootstrap_servers,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


async def test_a_reaction_that_keeps_failing_is_put_aside_and_replayed_after_the_fix(
    pair: Pair,
) -> None:
    broken, fine = uuid4(), uuid4()
    pair.failures[broken] = ValueError("a bug")
    await pair.tell(broken)
    await pair.tell(fine)
    assert await pair.heard(fine) == [1]
    event_id = await event_id_of(pair, broken)
    await until(letter_by(pair, LETTERS, event_id, replayed=False))
    # Once with the whole batch, then five times by itself.
    assert pair.tries[broken] == 6
    assert await pair.effects(broken) == []
    listed = await command(pair, "list")
    assert str(event_id) in listed
    assert "ValueError: a bug (5x)" in listed

    # Replayed too early it is put aside again, as a new dead letter.
    await command(pair, "replay")
    await until(letter_by(pair, LETTERS, event_id, replayed=False))
    del pair.failures[broken]
    await until(lambda: _replay_until_heard(pair, broken))
    assert await pair.effects(broken) == [1]
    assert await letter_by(pair, LETTERS, event_id, replayed=True)()


async def _replay_until_heard(pair: Pair, order_id: UUID) -> bool:
    await command(pair, "replay")
    return await pair.heard(order_id) == [1]


async def test_a_dead_letter_is_told_on_the_services_own_topic(pair: Pair) -> None:
    order_id = uuid4()
    value = json.dumps(document(order_id, data={})).encode()
    await send_raw(pair, value, order_id)
    reader = AIOKafkaConsumer(
        "statistics.dead-letters",
        bootstrap_servers=pair.broker.bootstrap_servers,
        auto_offset_reset="earliest",
    )
    await reader.start()
    try:
        async with asyncio.timeout(20):
            async for message in reader:
                told = json.loads(message.value)
                if told["data"]["original_event_id"] == json.loads(value)["id"]:
                    break
    finally:
        await reader.stop()
    assert told["type"] == "message.dead_lettered.v1"
    assert told["source"] == "/xiangyou/statistics"
    assert told["data"]["reason"] == "ValidationError"
    assert ("content-type", b"application/cloudevents+json") in message.headers


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "json_invalid"),
        (b"{", "json_invalid"),
        (b"\xff\xfe", "json_invalid"),
        (b"[1]", "model_type"),
        (json.dumps(document(UUID(int=1), type="order.expired.v9")).encode(), "UnknownVersion"),
        (json.dumps(document(UUID(int=2), data={"order_id": 5})).encode(), "order_id: uuid_type"),
        (json.dumps(document(UUID(int=3), version=True)).encode(), "version: int_type"),
        (json.dumps(document(UUID(int=4), id="\0", type="\0")).encode(), "id: uuid_parsing"),
    ],
)
async def test_what_cannot_be_read_is_put_aside_at_once(
    pair: Pair, value: bytes, reason: str
) -> None:
    key, fine = uuid4(), uuid4()
    await send_raw(pair, value, key)
    await send_raw(pair, json.dumps(document(fine)).encode(), key)
    assert await pair.heard(fine) == [1]
    async with transaction(pair.statistics) as conn:
        row = await conn.fetchrow(LETTERS_BY_VALUE, value)
    assert row is not None
    assert reason in row["reason"]
    assert row["tries"] == 1


async def test_an_event_that_nobody_here_reacts_to_leaves_no_trace(pair: Pair) -> None:
    key, fine = uuid4(), uuid4()
    foreign = document(key, type="order.gift_wrapped.v1")
    await send_raw(pair, json.dumps(foreign).encode(), key)
    await send_raw(pair, json.dumps(document(fine)).encode(), key)
    assert await pair.heard(fine) == [1]
    event_id = UUID(str(foreign["id"]))
    async with transaction(pair.statistics) as conn:
        assert await conn.fetchval(IN_INBOX, event_id) == 0
        assert await conn.fetchrow(LETTERS, event_id) is None


async def test_the_same_event_delivered_thrice_takes_effect_once(pair: Pair) -> None:
    order_id, last = uuid4(), uuid4()
    value = json.dumps(document(order_id)).encode()
    for _ in range(3):
        await send_raw(pair, value, order_id)
    await send_raw(pair, json.dumps(document(last)).encode(), order_id)
    await pair.heard(last)
    assert await pair.effects(order_id) == [1]


async def test_an_event_waits_as_long_as_what_it_needs_is_away(pair: Pair) -> None:
    order_id = uuid4()
    pair.failures[order_id] = Unavailable()
    await pair.tell(order_id)

    async def tried_often() -> bool:
        return pair.tries.get(order_id, 0) > 5

    await until(tried_often)
    event_id = await event_id_of(pair, order_id)
    async with transaction(pair.statistics) as conn:
        assert await conn.fetchrow(LETTERS, event_id) is None
    del pair.failures[order_id]
    assert await pair.heard(order_id) == [1]

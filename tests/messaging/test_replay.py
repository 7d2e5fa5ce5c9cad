"""Replaying a dead letter: sent first, marked afterwards, and never lost between."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, cast
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer

from shared.db import Database, transaction
from shared.messaging import dead_letters
from shared.messaging.reading import Unreadable
from tests.conftest import Connect


@dataclass
class Record:
    """A message of the log."""

    topic: str = "bookings.order"
    partition: int = 0
    offset: int = 7
    key: bytes | None = b"key"
    value: bytes | None = b"not json"


class Broker:
    """Stands where the broker's client does; lets a test look at the moment of sending."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self.sent: list[bytes] = []
        self._meanwhile = meanwhile

    async def send_and_wait(self, _topic: str, *, value: bytes, **_rest: Any) -> None:
        async with asyncio.timeout(2):
            await self._meanwhile()
        self.sent.append(value)

    @property
    def producer(self) -> AIOKafkaProducer:
        return cast("AIOKafkaProducer", self)


LETTER: Final = Unreadable(Record(), reason="json_invalid")


async def fail(database: Database) -> None:
    async with transaction(database) as conn:
        await dead_letters.put(conn, "statistics", LETTER)


async def only_letter(database: Database) -> UUID:
    (letter,) = await dead_letters.waiting(database)
    return letter.id


async def test_a_replayed_letter_waits_no_longer(connect: Connect) -> None:
    statistics = await connect("statistics")
    await fail(statistics)
    letter_id = await only_letter(statistics)

    async def nothing() -> None: ...

    broker = Broker(nothing)
    assert await dead_letters.replay(statistics, broker.producer, letter_id)
    assert broker.sent == [b"not json"]
    assert await dead_letters.waiting(statistics) == []
    assert not await dead_letters.replay(statistics, broker.producer, letter_id)
    assert broker.sent == [b"not json"]


async def test_a_message_that_fails_again_while_it_is_sent_still_waits(connect: Connect) -> None:
    statistics = await connect("statistics")
    await fail(statistics)
    letter_id = await only_letter(statistics)
    # It would wait for a lock, were the sending inside a transaction.
    broker = Broker(lambda: fail(statistics))
    assert await dead_letters.replay(statistics, broker.producer, letter_id)
    (letter,) = await dead_letters.waiting(statistics)
    assert (letter.id, letter.tries) == (letter_id, 2)


async def test_a_letter_that_could_not_be_sent_still_waits(connect: Connect) -> None:
    statistics = await connect("statistics")
    await fail(statistics)
    letter_id = await only_letter(statistics)

    async def break_down() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await dead_letters.replay(statistics, Broker(break_down).producer, letter_id)
    assert await only_letter(statistics) == letter_id


async def test_a_message_that_fails_after_its_replay_is_a_new_letter(connect: Connect) -> None:
    statistics = await connect("statistics")
    await fail(statistics)
    first = await only_letter(statistics)

    async def nothing() -> None: ...

    await dead_letters.replay(statistics, Broker(nothing).producer, first)
    await fail(statistics)
    assert await only_letter(statistics) != first

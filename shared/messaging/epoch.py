"""Notices that the broker lost its data, so that everything can be told again.

The first record of the topic `xiangyou.epoch` is a random id: the broker's epoch. A broker that
comes back empty has none, and the first process that looks creates the topics and writes a new
one. Looking is reading that record from the broker, every two seconds, so a restart can't slip
through between two looks. A durable broker has one epoch for ever, and nothing is told twice.
"""

import asyncio
from typing import Final
from uuid import UUID, uuid4

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.topics import EPOCH
from shared.db import Database
from shared.messaging.broker import Broker
from shared.messaging.pauses import Backoff, pause
from shared.messaging.provision import create_topics

# One process at a time prepares a broker, across all services: they share the database.
LOCK: Final = "select pg_advisory_lock(hashtextextended('xiangyou.epoch', 0))"

_LOOK_EVERY: Final = 2.0
_READ_TIMEOUT_MS: Final = 1_500
MARKER: Final = TopicPartition(EPOCH.name, 0)

_log: Final = structlog.get_logger()


class EpochWatcher:
    """Knows the present epoch of the broker; None until the broker was met for the first time."""

    def __init__(
        self, broker: Broker, database: Database, *, look_every: float = _LOOK_EVERY
    ) -> None:
        self._broker = broker
        self._database = database
        self._look_every = look_every
        self._met = asyncio.Event()
        self.current: UUID | None = None

    async def known(self, stopping: asyncio.Event) -> UUID | None:
        """Wait for the broker to be met; return its epoch, or None when `stopping` comes first."""
        while not self._met.is_set() and not stopping.is_set():
            await pause(0.2, stopping, self._met)
        return self.current

    async def run(self, stopping: asyncio.Event) -> None:
        """Look until `stopping`; a broker or database that is away is asked again and again."""
        backoff = Backoff(0.3, 1.5)
        while not stopping.is_set():
            try:
                self._notice(await self._prepare())
                backoff.reset()
                await self._watch(stopping)
            except Exception as error:  # noqa: BLE001 - the watch goes on whatever happens
                _log.warning("broker.unreachable", reason=type(error).__name__)
                await pause(backoff.next(), stopping)

    async def _watch(self, stopping: asyncio.Event) -> None:
        """Look at the marker until it is missing or another one."""
        async with self._broker.reader(MARKER) as reader:
            while not stopping.is_set():
                if await read_marker(reader) != self.current:
                    return
                await pause(self._look_every, stopping)

    async def _prepare(self) -> UUID:
        """Make sure that all topics exist, and return the epoch after writing it if need be."""
        async with self._database.session(
            statement_timeout="15s", lock_timeout="15s", idle_session_timeout="30s"
        ) as conn:
            await conn.execute(LOCK)
            async with self._broker.admin() as admin:
                marker = None
                if EPOCH.name in {topic["topic"] for topic in await admin.describe_topics()}:
                    marker = await self._marker()
                await create_topics(admin, self._broker, fresh=marker is None)
            return marker or await self._write_marker()

    async def _marker(self) -> UUID | None:
        async with self._broker.reader(MARKER) as reader:
            ends = await reader.end_offsets([MARKER])
            if ends[MARKER] == 0:
                return None
            found = await read_marker(reader)
        if found is None:
            # There is one; writing another would only add a second that nobody reads.
            raise TimeoutError("the epoch's record could not be read in time")
        return found

    async def _write_marker(self) -> UUID:
        async with self._broker.producer() as producer:
            await producer.send_and_wait(EPOCH.name, str(uuid4()).encode(), partition=0)
        # What stands at offset 0 counts, whoever wrote it.
        marker = await self._marker()
        if marker is None:
            raise TimeoutError("the broker lost the epoch's record")
        _log.info("broker.epoch_begun", epoch=str(marker))
        return marker

    def _notice(self, epoch: UUID) -> None:
        if epoch == self.current:
            return
        _log.info("broker.epoch", epoch=str(epoch), before=str(self.current or ""))
        self.current = epoch
        self._met.set()


async def read_marker(reader: AIOKafkaConsumer) -> UUID | None:
    """Return the id in the first record, or None where there is none or the broker is silent."""
    reader.seek(MARKER, 0)
    reader.resume(MARKER)
    try:
        batches = await reader.getmany(MARKER, timeout_ms=_READ_TIMEOUT_MS, max_records=1)
    finally:
        reader.pause(MARKER)
    records = batches.get(MARKER)
    return UUID(records[0].value.decode()) if records else None

"""The way to Kafka: clients with our settings, which are closed whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

# What a client raises while the broker is away, restarting or slow.
BROKER_ERRORS: Final = (KafkaError, OSError, TimeoutError)
# One batch is one request, and at most this large; brokers refuse more than 1 MiB.
BATCH_BYTES: Final = 900_000

_STOP_TIMEOUT: Final = 5.0

_log: Final = structlog.get_logger()
_closing: Final[set[asyncio.Task[None]]] = set()


class BrokerSettings(Protocol):
    """The settings that this module reads."""

    @property
    def kafka_bootstrap_servers(self) -> str:
        """Brokers as host:port, separated by commas."""

    @property
    def kafka_enable_idempotence(self) -> bool:
        """Whether the broker knows idempotent producers."""

    @property
    def kafka_replication_factor(self) -> int:
        """How many brokers keep a copy of each topic."""

    @property
    def kafka_session_timeout_ms(self) -> int:
        """After how many milliseconds of silence a consumer counts as dead."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and how patient its clients are (milliseconds)."""

    bootstrap_servers: str
    enable_idempotence: bool = False
    replication_factor: int = 1
    request_timeout_ms: int = 8_000
    session_timeout_ms: int = 10_000

    @property
    def fetch_max_wait_ms(self) -> int:
        """How long the broker may let a consumer's question wait for an event.

        Kafka answers as soon as there is one. The embedded broker looks twice in that time, so
        half of it is the latency of a rare event there. It is told apart by the idempotent
        producers that it does not know.
        """
        return 200 if self.enable_idempotence else 10

    @classmethod
    def of(cls, settings: BrokerSettings) -> "Broker":
        """Return the broker that the settings name."""
        return cls(
            settings.kafka_bootstrap_servers,
            settings.kafka_enable_idempotence,
            settings.kafka_replication_factor,
            session_timeout_ms=settings.kafka_session_timeout_ms,
        )

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """Connect for the management of topics."""
        client = AIOKafkaAdminClient(
            bootstrap_servers=self.bootstrap_servers, request_timeout_ms=self.request_timeout_ms
        )
        try:
            await client.start()
            yield client
        finally:
            await _finish(client.close())

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """Connect for sending; a send is done when all in-sync replicas have it."""
        client = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers,
            acks="all",
            enable_idempotence=self.enable_idempotence,
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=self.request_timeout_ms,
        )
        try:
            await client.start()
            yield client
        finally:
            await _finish(client.stop())

    @asynccontextmanager
    async def reader(self, partition: TopicPartition) -> AsyncIterator[AIOKafkaConsumer]:
        """Connect for looking at one partition, without a group and without fetching ahead."""
        client = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            fetch_max_wait_ms=100,
            request_timeout_ms=self.request_timeout_ms,
        )
        try:
            await client.start()
            client.assign([partition])
            client.pause(partition)
            yield client
        finally:
            await _finish(client.stop())

    @asynccontextmanager
    async def consumer(self, group: str, topics: list[str]) -> AsyncIterator[AIOKafkaConsumer]:
        """Connect as a member of a group; joining goes on in the background."""
        client = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            fetch_max_wait_ms=self.fetch_max_wait_ms,
            request_timeout_ms=self.request_timeout_ms,
            session_timeout_ms=self.session_timeout_ms,
            heartbeat_interval_ms=self.session_timeout_ms // 4,
        )
        try:
            await client.start()
            client.subscribe(topics)
            yield client
        finally:
            await _finish(client.stop())


async def _finish(stop: Awaitable[Any]) -> None:
    """Stop a client, but do not wait long for a broker that is gone."""
    task = asyncio.ensure_future(_quietly(stop))
    _closing.add(task)
    task.add_done_callback(_closing.discard)
    await asyncio.wait((task,), timeout=_STOP_TIMEOUT)


async def _quietly(stop: Awaitable[Any]) -> None:
    try:
        await stop
    except BROKER_ERRORS as error:
        _log.debug("broker.close_failed", reason=type(error).__name__)

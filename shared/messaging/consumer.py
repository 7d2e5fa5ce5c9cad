"""Reads a service's events from the log and hands them to its inbox.

The log's offsets are only a bookmark: they are committed after the database, a few times a
second, and what is read twice is dropped by the inbox. The group is named after the service and
the broker's epoch, because a bookmark in one log says nothing about the next:
`statistics.<epoch>`.

A broker that lost its data must not show later events before earlier ones are told again. So
nothing takes effect before the log's epoch was read once more, after the messages, and a message
that a relay stamped with another epoch is dropped.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from shared.contracts.registry import EVENTS
from shared.contracts.topics import URGENT
from shared.db import Database
from shared.messaging import metrics
from shared.messaging.broker import BROKER_ERRORS, Broker
from shared.messaging.epoch import MARKER, EpochWatcher, read_marker
from shared.messaging.inbox import Inbox, Interrupted
from shared.messaging.pauses import Backoff, pause
from shared.messaging.reactions import Reactions
from shared.messaging.reading import topics_of
from shared.messaging.sending import EPOCH_HEADER
from shared.messaging.watchdog import Watchdog

# A batch is one transaction: large enough to share its commit, small enough to be short.
BATCH: Final = 200
# One by one takes longer: after so many it is looked whether something urgent has come.
FEW: Final = 40
_WAIT_MS: Final = 300
# A bookmark for each batch would cost the broker more than the batch.
_COMMIT_EVERY: Final = 0.25
# A client that lived this many seconds was not the problem.
_WENT_WELL: Final = 60.0

_log: Final = structlog.get_logger()

Batches = Mapping[TopicPartition, Sequence[ConsumerRecord]]


class Consumer:
    """One process's member of a service's group."""

    def __init__(
        self,
        service: str,
        reactions: Reactions,
        *,
        database: Database,
        broker: Broker,
        epochs: EpochWatcher,
        together: bool = True,
    ) -> None:
        self._service = service
        self._topics = topics_of(reactions)
        self._inbox = Inbox(database, service, reactions, EVENTS, together=together)
        self._most = BATCH if together else FEW
        self._broker = broker
        self._epochs = epochs

    async def run(self, stopping: asyncio.Event) -> None:
        """Consume until `stopping`; a client that fails or hangs is replaced by a new one."""
        backoff = Backoff(0.2, 5.0)
        while not stopping.is_set():
            epoch = await self._epochs.known(stopping)
            if epoch is None:
                return
            began = time.monotonic()
            try:
                reason = await self._consume(epoch, stopping)
            except Interrupted:
                return
            except Exception as error:  # noqa: BLE001 - the consumer goes on whatever happens
                reason = type(error).__name__
            if stopping.is_set():
                return
            if time.monotonic() - began > _WENT_WELL:
                backoff.reset()
            metrics.RESTARTS.labels(self._service, reason).inc()
            _log.warning("consumer.restarts", consumer=self._service, reason=reason)
            await pause(backoff.next(), stopping)

    async def _consume(self, epoch: UUID, stopping: asyncio.Event) -> str:
        """Consume with one client; return why another one is needed."""
        group = f"{self._service}.{epoch}"
        async with (
            self._broker.consumer(group, self._topics) as client,
            self._broker.reader(MARKER) as marker,
        ):
            _log.info("consumer.started", consumer=self._service, group=group)
            watchdog = Watchdog(self._service)
            bookmark = _Bookmark(client)
            while not stopping.is_set():
                if self._epochs.current != epoch:
                    return "new_epoch"
                batches = await self._next(client)
                if batches:
                    if await read_marker(marker) != epoch:
                        return "unconfirmed_epoch"
                    await self._take_in(batches, epoch, stopping)
                    bookmark.move(batches)
                await bookmark.commit(now=not batches)
                if await watchdog.finds_stuck(client, progressed=bool(batches)):
                    return "stuck"
            await bookmark.commit(now=True)
        return "stopping"

    async def _next(self, client: AIOKafkaConsumer) -> Batches:
        """Return what is to be taken in next: what is urgent, before all that waits longer."""
        urgent = [part for part in client.assignment() if part.topic in URGENT]
        batches: Batches = {}
        if urgent:
            batches = await client.getmany(*urgent, timeout_ms=0)
        if not batches:
            batches = await client.getmany(timeout_ms=_WAIT_MS, max_records=self._most)
        return batches

    async def _take_in(self, batches: Batches, epoch: UUID, stopping: asyncio.Event) -> None:
        with metrics.BATCH_SECONDS.labels(self._service).time():
            messages = [
                message for batch in batches.values() for message in batch if _is_of(epoch, message)
            ]
            await self._inbox.take_in(messages, stopping)


class _Bookmark:
    """How far a client's partitions have been taken in, as the broker shall know it."""

    def __init__(self, client: AIOKafkaConsumer) -> None:
        self._client = client
        self._offsets: dict[TopicPartition, int] = {}
        self._committed_at = 0.0

    def move(self, batches: Batches) -> None:
        """Move behind what has been taken in."""
        for partition, batch in batches.items():
            self._offsets[partition] = batch[-1].offset + 1

    async def commit(self, *, now: bool) -> None:
        """Tell the broker, if there is something new to tell, and time for it."""
        if not self._offsets or not (now or time.monotonic() - self._committed_at > _COMMIT_EVERY):
            return
        mine = self._client.assignment()
        offsets = {part: offset for part, offset in self._offsets.items() if part in mine}
        self._offsets.clear()
        self._committed_at = time.monotonic()
        try:
            if offsets:
                await self._client.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            # A partition is another member's now. It reads these messages again, in vain.
            _log.info("consumer.commit_came_late", reason=type(error).__name__)
        except BROKER_ERRORS as error:
            _log.warning("consumer.commit_failed", reason=type(error).__name__)


def _is_of(epoch: UUID, message: ConsumerRecord) -> bool:
    """Tell whether a message was meant for this log; one without a stamp was not relayed."""
    stamp = dict(message.headers).get(EPOCH_HEADER)
    return stamp is None or stamp == str(epoch).encode()

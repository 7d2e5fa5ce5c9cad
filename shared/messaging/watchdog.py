"""Finds a consumer that has something to read and does not read it."""

import asyncio
import time
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer

from shared.messaging import metrics
from shared.messaging.broker import BROKER_ERRORS

_LOOK_EVERY: Final = 5.0
# Longer than a join and a rebalance take.
_STUCK_AFTER: Final = 20.0
# A member without partitions is usual where a group has more members than partitions.
_IDLE_AFTER: Final = 120.0

_log: Final = structlog.get_logger()


class Watchdog:
    """Watches one Kafka client from the loop that reads from it."""

    def __init__(
        self, service: str, *, look_every: float = _LOOK_EVERY, stuck_after: float = _STUCK_AFTER
    ) -> None:
        self._service = service
        self._look_every = look_every
        self._stuck_after = stuck_after
        self._looked_at = self._moved_at = time.monotonic()

    async def finds_stuck(self, client: AIOKafkaConsumer, *, progressed: bool) -> bool:
        """Look now and then; return whether the client lags and has not moved for too long."""
        now = time.monotonic()
        if progressed:
            self._moved_at = now
        if now - self._looked_at < self._look_every:
            return False
        self._looked_at = now
        if not client.assignment():
            return now - self._moved_at > _IDLE_AFTER
        try:
            lag = await self._lag(client)
        except BROKER_ERRORS as error:
            _log.debug("consumer.lag_unknown", reason=type(error).__name__)
            return now - self._moved_at > _IDLE_AFTER
        metrics.LAG.labels(self._service).set(lag)
        if lag == 0:
            self._moved_at = now
        return now - self._moved_at > self._stuck_after

    async def _lag(self, client: AIOKafkaConsumer) -> int:
        """Return how many messages are still to be read. Raises TimeoutError without a position."""
        partitions = client.assignment()
        ends = await client.end_offsets(partitions)
        lag = 0
        for partition in partitions:
            position = await asyncio.wait_for(client.position(partition), 1.0)
            # An end below the position is another log: the epoch's watcher sees to that.
            lag += max(0, ends[partition] - position)
        return lag

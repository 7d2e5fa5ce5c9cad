"""Messaging as a part of an application: starts with it, ends with it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Final

import structlog
from aiohttp import web

from shared.contracts.subscriptions import SUBSCRIPTIONS
from shared.db import Database, acquire
from shared.http.keys import DATABASE, ROLE
from shared.http.metrics import REGISTRY
from shared.messaging import metrics
from shared.messaging.broker import Broker, BrokerSettings
from shared.messaging.consumer import Consumer
from shared.messaging.doorbell import Doorbell, ringing
from shared.messaging.epoch import EpochWatcher
from shared.messaging.failures import is_passing
from shared.messaging.pauses import pause
from shared.messaging.reactions import Reactions
from shared.messaging.relay import Relay

BACKLOG: Final = """
select count(*) as unsent, coalesce(extract(epoch from now() - min(created_at)), 0) as age
from outbox
where sent_at is null
"""

_MEASURE_EVERY: Final = 10.0
# Longer than a batch of sends or reactions takes.
_STOP_TIMEOUT: Final = 15.0

_log: Final = structlog.get_logger()


class Messaging:
    """A service's relay, doorbell and consumer, and what they share, as tasks of this process."""

    def __init__(
        self,
        service: str,
        *,
        database: Database,
        broker: Broker,
        reactions: Reactions,
        together: bool = True,
    ) -> None:
        self.epochs = EpochWatcher(broker, database)
        self._database = database
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._relay = Relay(database, broker, self.epochs)
        self._doorbell = Doorbell(database, lambda: self._relay.leads)
        self._consumer = (
            Consumer(
                service,
                reactions,
                database=database,
                broker=broker,
                epochs=self.epochs,
                together=together,
            )
            if reactions
            else None
        )

    def start(self) -> None:
        """Start in the background; neither broker nor database need to be there yet."""
        self._spawn("epochs", self.epochs.run(self._stopping))
        self._spawn("relay", self._relay.run(self._stopping))
        self._spawn("doorbell", self._doorbell.run(self._stopping))
        self._spawn("backlog", _measure(self._database, self._stopping))
        if self._consumer is not None:
            self._spawn("consumer", self._consumer.run(self._stopping))

    async def stop(self) -> None:
        """Let the present batches finish, then end; nothing is lost with those that can't."""
        self._stopping.set()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=_STOP_TIMEOUT)
        for task in late:
            _log.warning("messaging.cancelled", task=task.get_name())
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=f"messaging {name}")
        task.add_done_callback(_report)
        self._tasks.append(task)


def messaging_context(
    *,
    service: str,
    settings: BrokerSettings,
    reactions: Reactions | None = None,
    together: bool = True,
) -> Callable[[web.Application], AsyncIterator[None]]:
    """Return the cleanup context that sends this service's events and hears the others'.

    It needs `app[DATABASE]`, so it stands after the database's context. A process with the role
    `api` writes events and rings for the relay, but leaves sending and hearing to its `worker`.
    The broker may be away: the service works, and its events wait. `together` lets a batch of
    events share a transaction; see `inbox.py` for who must not. Raises ValueError when
    `reactions` differ from what `shared/contracts/subscriptions.py` says that the service hears.
    """
    heard = dict(reactions or {})
    if frozenset(heard) != SUBSCRIPTIONS.get(service, frozenset()):
        raise ValueError(
            f"{service}: its reactions are not those of shared.contracts.subscriptions"
        )

    async def context(app: web.Application) -> AsyncIterator[None]:
        if app[ROLE] == "api":
            async with ringing(app[DATABASE]):
                yield
            return
        # Its own log lines tell of every retry; ours tell what matters.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        metrics.add_to(app[REGISTRY])
        messaging = Messaging(
            service,
            database=app[DATABASE],
            broker=Broker.of(settings),
            reactions=heard,
            together=together,
        )
        messaging.start()
        yield
        await messaging.stop()

    return context


async def _measure(database: Database, stopping: asyncio.Event) -> None:
    """Keep the figures of what waits to be sent up to date."""
    while not stopping.is_set():
        try:
            async with acquire(database) as conn:
                row = await conn.fetchrow(BACKLOG)
        except Exception as error:
            if not is_passing(error):
                raise
        else:
            metrics.UNSENT.set(row["unsent"] if row else 0)
            metrics.OLDEST.set(float(row["age"]) if row else 0.0)
        await pause(_MEASURE_EVERY, stopping)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("messaging.failed", task=task.get_name(), exc_info=error)

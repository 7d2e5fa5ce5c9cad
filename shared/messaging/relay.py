"""Sends what the outbox holds: in order, as long as it takes, by one process per service.

The leader is whoever holds a session advisory lock. It reads and marks events on that very
session, so a leader that froze and lost its lock can't mark anything any more. Marks need no
flush to disk: an event whose mark is lost is sent again, and the consumers' inboxes drop it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer

from shared.db import Database
from shared.messaging import metrics
from shared.messaging.broker import Broker
from shared.messaging.doorbell import answer
from shared.messaging.epoch import EpochWatcher
from shared.messaging.pauses import Backoff, pause
from shared.messaging.sending import OutboxRow, Outcome, send
from shared.messaging.sweeping import sweep
from shared.messaging.wake import new_alarm

LEAD: Final = """
select pg_try_advisory_lock(hashtextextended('xiangyou.relay.' || current_schema(), 0))
"""

UNSENT: Final = """
select position, id, topic, subject, version, type, payload::text, traceparent, created_at
from outbox
where sent_at is null
order by position
limit $1
"""

MARK_SENT: Final = "update outbox set sent_at = now() where position = any($1::bigint[])"

MEET_BROKER: Final = """
insert into broker_epochs (epoch) values ($1) on conflict (epoch) do nothing returning epoch
"""

ALLOW_MINUTES: Final = "set local statement_timeout = '300s'"

LATEST_BROKER: Final = "select epoch from broker_epochs order by place desc limit 1"

REWIND: Final = "update outbox set sent_at = null where sent_at is not null"

BEAT: Final = "select 1"

BATCH: Final = 500
_GATHER: Final = 0.003
_POLL: Final = 0.5
_BEAT_EVERY: Final = 2.0
_SWEEP_EVERY: Final = 10.0
_STATEMENT_TIMEOUT: Final = 10.0
_REWIND_TIMEOUT: Final = 300.0

# A leader that does nothing for this long is frozen: the server ends its session, and with it
# the lock. Within that time it beats several times.
_SESSION: Final = {
    "idle_session_timeout": "10s",
    "idle_in_transaction_session_timeout": "10s",
    "tcp_user_timeout": "10s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "statement_timeout": "9s",
    "synchronous_commit": "off",
}

_log: Final = structlog.get_logger()


class OutdatedEpoch(Exception):
    """This process has not noticed yet that the broker is another one."""


class Relay:
    """One process's candidate for sending a service's events; `leads` while it sends them."""

    def __init__(
        self, database: Database, broker: Broker, epochs: EpochWatcher, *, poll: float = _POLL
    ) -> None:
        self._database = database
        self._poll = poll
        self._broker = broker
        self._epochs = epochs
        self._alarm = new_alarm()
        self.leads = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Lead, or stand by, until `stopping`. Whatever fails is tried again."""
        backoff = Backoff(0.2, 3.0)
        while not stopping.is_set():
            epoch = await self._epochs.known(stopping)
            if epoch is None:
                return
            try:
                async with self._leadership(stopping) as conn:
                    if conn is None:
                        return
                    async with self._broker.producer() as producer:
                        await self._lead(conn, producer, epoch, backoff, stopping)
            except Exception as error:  # noqa: BLE001 - the relay goes on whatever happens
                _log.warning("relay.interrupted", reason=type(error).__name__)
                await pause(backoff.next(), stopping)

    @asynccontextmanager
    async def _leadership(
        self, stopping: asyncio.Event
    ) -> AsyncIterator[asyncpg.Connection | None]:
        """Yield the session that holds the lock, or None when `stopping` came first."""
        async with self._database.session(**_SESSION) as conn:
            leads = False
            while not leads and not stopping.is_set():
                leads = await conn.fetchval(LEAD, timeout=_STATEMENT_TIMEOUT)
                if not leads:
                    await pause(1.0, stopping)
            if not leads:
                yield None
                return
            await answer(conn, self._alarm)
            self.leads = True
            metrics.LEADING.set(1)
            _log.info("relay.leads")
            try:
                yield conn
            finally:
                self.leads = False
                metrics.LEADING.set(0)

    async def _lead(
        self,
        conn: asyncpg.Connection,
        producer: AIOKafkaProducer,
        epoch: UUID,
        backoff: Backoff,
        stopping: asyncio.Event,
    ) -> None:
        """Send until `stopping`, or until the broker is another one."""
        await rewind_for(conn, epoch)
        swept_at = -_SWEEP_EVERY
        while not stopping.is_set() and self._epochs.current == epoch:
            if time.monotonic() - swept_at > _SWEEP_EVERY:
                await sweep(conn)
                swept_at = time.monotonic()
            self._alarm.clear()
            sent = await _send_some(conn, producer, epoch)
            if not sent:
                await pause(self._poll, stopping, self._alarm)
                continue
            backoff.reset()
            if sent < BATCH:
                # In a rush, the next batch gathers for a moment: a few large ones cost less.
                await asyncio.sleep(_GATHER)


async def _send_some(conn: asyncpg.Connection, producer: AIOKafkaProducer, epoch: UUID) -> int:
    """Send the oldest unsent events; return how many. Raises what the broker raised."""
    records = await conn.fetch(UNSENT, BATCH, timeout=_STATEMENT_TIMEOUT)
    if not records:
        return 0
    rows = [OutboxRow(*record) for record in records]
    outcome = await _send_beating(conn, producer, rows, epoch)
    if outcome.acknowledged:
        positions = [row.position for row in outcome.acknowledged]
        await conn.execute(MARK_SENT, positions, timeout=_STATEMENT_TIMEOUT)
        for topic, number in Counter(row.topic for row in outcome.acknowledged).items():
            metrics.SENT.labels(topic).inc(number)
    if outcome.error is not None:
        raise outcome.error
    return len(records)


async def _send_beating(
    conn: asyncpg.Connection, producer: AIOKafkaProducer, rows: list[OutboxRow], epoch: UUID
) -> Outcome:
    """Send, and keep the session alive while the broker takes its time."""
    sending = asyncio.create_task(send(producer, rows, epoch))
    try:
        while not (await asyncio.wait((sending,), timeout=_BEAT_EVERY))[0]:
            await conn.execute(BEAT, timeout=_STATEMENT_TIMEOUT)
    finally:
        # Ends by itself within the producer's request timeout; nothing is sent behind our back.
        outcome = await sending
    return outcome


async def rewind_for(conn: asyncpg.Connection, epoch: UUID) -> None:
    """Mark everything kept as unsent, once for each broker that this service meets.

    Raises OutdatedEpoch where an earlier leader met a later broker than `epoch`: consumers there
    drop what is stamped with `epoch`, and nobody would send it again.
    """
    async with conn.transaction():
        await conn.execute(ALLOW_MINUTES, timeout=_STATEMENT_TIMEOUT)
        if await conn.fetchval(MEET_BROKER, epoch, timeout=_STATEMENT_TIMEOUT) is None:
            if await conn.fetchval(LATEST_BROKER, timeout=_STATEMENT_TIMEOUT) != epoch:
                raise OutdatedEpoch
            return
        status = await conn.execute(REWIND, timeout=_REWIND_TIMEOUT)
    metrics.REWINDS.inc()
    _log.info("relay.rewound", epoch=str(epoch), events=int(status.split()[-1]))

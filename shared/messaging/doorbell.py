"""Wakes the relay where it leads, if that is another process.

A NOTIFY in the transaction that sells places would cost as much as the rest of it: notifying
transactions commit one after the other. So a process that commits events and does not lead rings
afterwards, on a connection of its own, in a transaction that waits for no disk. One ring covers
whatever was committed before it; while one is on its way, all that commits waits for the next.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import structlog

from shared.db import Database
from shared.messaging.pauses import Backoff, pause
from shared.messaging.wake import new_alarm

CHANNEL: Final = "select 'xiangyou.relay.' || current_schema()"

RING: Final = "select pg_notify('xiangyou.relay.' || current_schema(), '')"

# Between two rings: far less than a person notices, and no burden in a rush.
_PAUSE: Final = 0.005
# While the relay here leads: it hears of every commit by itself.
_LOOK_AGAIN: Final = 0.05
_TIMEOUT: Final = 2.0
_UNTIL_STOPPED: Final = 3600.0

_log: Final = structlog.get_logger()


async def answer(conn: asyncpg.Connection, alarm: asyncio.Event) -> None:
    """Have every ring set the alarm, as long as the leader's session lives."""
    channel = await conn.fetchval(CHANNEL, timeout=_TIMEOUT)
    await conn.add_listener(channel, lambda *_: alarm.set())


class Doorbell:
    """Rings for what this process commits, unless its own relay leads."""

    def __init__(self, database: Database, leads: Callable[[], bool]) -> None:
        self._database = database
        self._leads = leads
        self._alarm = new_alarm()

    async def run(self, stopping: asyncio.Event) -> None:
        """Ring after commits until `stopping`. Without a database there is nothing to ring for."""
        backoff = Backoff(0.2, 3.0)
        while not stopping.is_set():
            await pause(_UNTIL_STOPPED, stopping, self._alarm)
            if self._leads():
                self._alarm.clear()
                await pause(_LOOK_AGAIN, stopping)
                continue
            try:
                async with self._database.session(synchronous_commit="off") as conn:
                    await self._ring(conn, stopping, backoff)
            except Exception as error:  # noqa: BLE001 - the relay polls meanwhile
                _log.info("doorbell.interrupted", reason=type(error).__name__)
                self._alarm.set()
                await pause(backoff.next(), stopping)

    async def _ring(
        self, conn: asyncpg.Connection, stopping: asyncio.Event, backoff: Backoff
    ) -> None:
        """Ring on one connection until this process leads."""
        while not stopping.is_set() and not self._leads():
            if self._alarm.is_set():
                self._alarm.clear()
                await conn.execute(RING, timeout=_TIMEOUT)
                backoff.reset()
                await pause(_PAUSE, stopping)
            else:
                await pause(_UNTIL_STOPPED, stopping, self._alarm)


@asynccontextmanager
async def ringing(database: Database) -> AsyncIterator[None]:
    """Ring for the commits of a process without a relay."""
    stopping = asyncio.Event()
    task = asyncio.create_task(Doorbell(database, lambda: False).run(stopping), name="doorbell")
    try:
        yield
    finally:
        stopping.set()
        await task

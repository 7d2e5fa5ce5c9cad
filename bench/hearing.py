"""A service that hears of orders, in a process of its own: notes when each event has taken effect.

`python -m bench.hearing URL BROKER FILE`; it writes the file when it is told to end.
"""

import asyncio
import signal
import sys
import time
from functools import partial
from pathlib import Path
from uuid import UUID

import uvloop

from bench.telling import write_times
from shared.contracts.bookings import OrderExpired
from shared.contracts.event import Envelope
from shared.db import Connection, Database, after_commit
from shared.messaging.broker import Broker
from shared.messaging.run import Messaging


async def hear(url: str, broker: str) -> dict[UUID, float]:
    """Hear until SIGTERM; return when each event's effects were committed."""
    heard: dict[UUID, float] = {}

    async def react(conn: Connection, event: OrderExpired, _envelope: Envelope) -> None:
        after_commit(conn, partial(_note, heard, event.order_id))

    database = await Database.connect(url, service="statistics")
    messaging = Messaging(
        "statistics",
        database=database,
        broker=Broker(broker, session_timeout_ms=3_000),
        reactions={OrderExpired: react},
    )
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    messaging.start()
    await ended.wait()
    await messaging.stop()
    await database.close()
    return heard


def _note(heard: dict[UUID, float], order_id: UUID) -> None:
    heard[order_id] = time.time()


if __name__ == "__main__":
    write_times(uvloop.run(hear(sys.argv[1], sys.argv[2])), Path(sys.argv[3]))

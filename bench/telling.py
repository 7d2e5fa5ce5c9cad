"""A process that commits events at a steady pace, and notes when each was committed.

`python -m bench.telling URL PER_SECOND SECONDS FILE`. It is to bookings what an `api` process is:
it writes to the outbox, and rings for the relay, which leads elsewhere.
"""

import asyncio
import sys
import time
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import uvloop

from shared.contracts.bookings import OrderExpired
from shared.db import Database, after_commit, transaction
from shared.messaging import outbox
from shared.messaging.doorbell import ringing

CONNECTIONS: Final = 8
# Seconds that a commit may wait for a connection where the machine can't keep the pace.
PATIENCE: Final = 60.0


async def tell(url: str, per_second: int, seconds: int) -> dict[UUID, float]:
    """Commit events, each in a transaction of its own; return when each was committed."""
    database = await Database.connect(
        url, service="bookings", max_size=CONNECTIONS, acquire_timeout=PATIENCE
    )
    committed: dict[UUID, float] = {}
    try:
        async with ringing(database), asyncio.TaskGroup() as group:
            began = time.monotonic()
            for number in range(per_second * seconds):
                if (pause := began + number / per_second - time.monotonic()) > 0:
                    await asyncio.sleep(pause)
                group.create_task(_tell_one(database, committed))
    finally:
        await database.close()
    return committed


async def _tell_one(database: Database, committed: dict[UUID, float]) -> None:
    order_id = uuid4()
    async with transaction(database) as conn:
        after_commit(conn, partial(_note, committed, order_id))
        event = OrderExpired(order_id=order_id, account_id=uuid4())
        await outbox.add(conn, event, subject=order_id, version=1)


def _note(committed: dict[UUID, float], order_id: UUID) -> None:
    committed[order_id] = time.time()


def write_times(times: dict[UUID, float], path: Path) -> None:
    """Keep the moments by the aggregate's id, for whoever compares them."""
    path.write_text("".join(f"{subject} {moment!r}\n" for subject, moment in times.items()))


def read_times(path: Path) -> dict[UUID, float]:
    """Return what `write_times` kept."""
    lines = (line.split() for line in path.read_text().splitlines())
    return {UUID(subject): float(moment) for subject, moment in lines}


if __name__ == "__main__":
    write_times(
        uvloop.run(tell(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))), Path(sys.argv[4])
    )

"""P4: from a commit in one service to its effect in another, at a steady pace and as a flood.

The pace is kept by a process that commits (`telling.py`); the relay leads in the worker's process
of bookings; the effect is another service's (`hearing.py`). Three processes, as in production.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from signal import Signals
from typing import Final
from uuid import UUID

from bench.figures import Row, Speed, limited, middle, speed_of
from bench.run import Run
from bench.telling import read_times
from deploy.local.guard import guarded
from deploy.local.options import ROOT
from shared.db import Database, acquire

TITLE: Final = "from a commit to its effect elsewhere"
# Events a second, and the most milliseconds that 99 % of them may take.
PACES: Final = {100: 15, 2_000: 30}
LEAST_DRAINED: Final = 20_000
FLOOD: Final = 200_000
PATIENCE: Final = 120.0

FILL: Final = """
insert into outbox (id, topic, subject, version, type, payload)
select
    uuidv7(), 'bookings.order', subject, 1, 'order.expired.v1',
    json_build_object('order_id', subject, 'account_id', gen_random_uuid())
from (select gen_random_uuid() as subject from generate_series(1, $1)) as told
"""
UNSENT: Final = "select count(*) from outbox where sent_at is null"
SENT_PER_SECOND: Final = """
select count(*) / extract(epoch from max(sent_at) - min(sent_at)) from outbox
"""
HEARD: Final = "select count(*) from inbox where consumer = 'statistics'"
HEARD_PER_SECOND: Final = """
select count(*) / extract(epoch from max(received_at) - min(received_at)) from inbox
where consumer = 'statistics'
"""
# Earlier measurements told of orders; nobody waits for those.
FORGET: Final = "delete from outbox"


async def measure(run: Run) -> list[Row]:
    """Return the rows of P4."""
    run.say(f"P4 {TITLE}: a flood")
    async with run.stack.broker() as broker, run.stack.database("statistics") as statistics:
        await _execute(run.database, FORGET)
        await _execute(run.database, FILL, FLOOD)
        async with run.stack.service(
            "bookings", "--role", "worker", KAFKA_BOOTSTRAP_SERVERS=broker
        ):
            await _until(lambda: _is(run.database, UNSENT, 0))
            drained = await _figure(run.database, SENT_PER_SECOND)
            heard = run.stack.folder / "heard"
            async with _hearing(run, broker, heard):
                await _until(lambda: _is(statistics, HEARD, FLOOD))
                taken_in = await _figure(statistics, HEARD_PER_SECOND)
                told = [
                    (pace, await _tell(run, pace, f"{pace}-{number}"))
                    for number in range(run.options.repetitions)
                    for pace in PACES
                ]
                await asyncio.sleep(1.0)
            moments = await asyncio.to_thread(read_times, heard)
    rows = []
    for pace, most in PACES.items():
        speed = middle(
            [
                _delays(path, moments, run.options.seconds)
                for told_pace, path in told
                if told_pace == pace
            ]
        )
        work = f"P4 commit → consumed, {pace:,} events/s"
        rows.append(limited(f"{work}: p99", speed.p99_ms, most, "ms", f"p50 {speed.p50_ms:.1f} ms"))
    return [
        *rows,
        Row(
            "P4 the relay drains",
            f"{drained:,.0f} events/s",
            "",
            "",
            f"≥ {LEAST_DRAINED:,} events/s",
            drained >= LEAST_DRAINED,
        ),
        Row(
            "P4 a consumer takes in, each event noted",
            f"{taken_in:,.0f} events/s",
            "",
            "",
            "",
            None,
        ),
    ]


@asynccontextmanager
async def _hearing(run: Run, broker: str, heard: Path) -> AsyncIterator[None]:
    """Run the service that hears; on leaving, it has written what it heard."""
    process = await _start("bench.hearing", run.stack.url("statistics"), broker, str(heard))
    try:
        yield
        process.send_signal(signal.SIGTERM)
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _tell(run: Run, pace: int, name: str) -> Path:
    run.say(f"P4 {TITLE}: {pace:,} events/s")
    path = run.stack.folder / f"told-{name}"
    process = await _start(
        "bench.telling", run.stack.url("bookings"), str(pace), str(run.options.seconds), str(path)
    )
    if await process.wait():
        raise RuntimeError("the telling process failed; its words are above")
    return path


async def _start(module: str, *arguments: str) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", module, *arguments]
    return await asyncio.create_subprocess_exec(
        *guarded(command, on_death=Signals.SIGKILL), cwd=ROOT
    )


def _delays(told: Path, heard: dict[UUID, float], seconds: int) -> Speed:
    """Return how long events took. Raises KeyError where one was never heard."""
    delays = [(heard[subject] - moment) * 1000 for subject, moment in read_times(told).items()]
    return speed_of(delays, seconds)


async def _execute(database: Database, statement: str, *arguments: object) -> None:
    async with acquire(database) as conn:
        await conn.execute(statement, *arguments)


async def _figure(database: Database, question: str) -> float:
    async with acquire(database) as conn:
        return float(await conn.fetchval(question))


async def _is(database: Database, question: str, expected: int) -> bool:
    async with acquire(database) as conn:
        return bool(await conn.fetchval(question) == expected)


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Look now and then until it is so. Raises TimeoutError after two minutes."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - nobody tells us of another process's work
            await asyncio.sleep(0.2)

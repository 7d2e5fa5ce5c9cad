"""Periodic jobs of a service: swept keys, expired holds, and the like."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final

import structlog
from aiohttp import web
from prometheus_client import Counter

from shared.core import log_values, tracing
from shared.core.clock import SHANGHAI, Clock, local_day
from shared.db import acquire
from shared.http.idempotency import sweep_keys
from shared.http.keys import CLOCK, DATABASE, ROLE, SETTINGS
from shared.http.metrics import REGISTRY

Run = Callable[[web.Application], Awaitable[object]]

KEYS_SWEPT_EVERY: Final = timedelta(hours=1)

# A pause that ends a moment before midnight is followed by one of this length.
SHORTEST_PAUSE: Final = timedelta(seconds=1)

_RUNS: Final[web.AppKey[Counter]] = web.AppKey("job_runs", Counter)

_log = structlog.get_logger()


def periodic(
    app: web.Application,
    name: str,
    every: timedelta,
    run: Run,
    *,
    new_alarm: Callable[[], asyncio.Event] = asyncio.Event,
    at_midnight: bool = False,
) -> None:
    """Run a job when the application starts and then again after each pause of `every`.

    A pause ends early when the alarm is set that `new_alarm` returned, and with `at_midnight` when
    a day begins in the villages (Asia/Shanghai). Only processes with the
    worker's role run a job; several of them run it each, so it must be harmless twice. A run that
    fails is logged and counted, and the next one comes as planned. A stopping process lets the
    present run finish.
    """
    if app[ROLE] == "api":
        return
    if _RUNS not in app:
        app[_RUNS] = Counter(
            "job_runs", "Runs of periodic jobs.", ("job", "outcome"), registry=app[REGISTRY]
        )

    async def context(app: web.Application) -> AsyncIterator[None]:
        stop, alarm = asyncio.Event(), new_alarm()
        pause = partial(_until_midnight, app[CLOCK], every) if at_midnight else lambda: every
        repeated = _repeat(partial(_run_once, app, name, run), pause, stop, alarm)
        task = asyncio.create_task(repeated, name=f"job {name}")
        yield
        stop.set()
        alarm.set()
        _done, late = await asyncio.wait([task], timeout=app[SETTINGS].shutdown_timeout)
        if late:
            _log.warning("job.cancelled", job=name)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    app.cleanup_ctx.append(context)


async def _repeat(
    run_once: Callable[[], Awaitable[None]],
    pause: Callable[[], timedelta],
    stop: asyncio.Event,
    alarm: asyncio.Event,
) -> None:
    while not stop.is_set():
        # Before the run: what sets it while that is under way has the job run once more.
        alarm.clear()
        await run_once()
        try:
            async with asyncio.timeout(pause().total_seconds()):
                await alarm.wait()
        except TimeoutError:
            continue


def _until_midnight(clock: Clock, every: timedelta) -> timedelta:
    """Return `every`, or the time until the next day begins where that is shorter."""
    now = clock.now()
    midnight = datetime.combine(local_day(now) + timedelta(days=1), time(), SHANGHAI)
    return min(every, max(midnight - now, SHORTEST_PAUSE))


async def _run_once(app: web.Application, name: str, run: Run) -> None:
    log_values.begin(job=name)
    tracing.start()
    try:
        await run(app)
    except Exception:  # noqa: BLE001 - one failed run must not end the job
        _log.exception("job.failed")
        app[_RUNS].labels(name, "failed").inc()
    else:
        app[_RUNS].labels(name, "done").inc()


def sweep_idempotency_keys(app: web.Application) -> None:
    """Have the keys of old requests deleted every hour."""
    periodic(app, "sweep_idempotency_keys", KEYS_SWEPT_EVERY, _sweep)


async def _sweep(app: web.Application) -> None:
    async with acquire(app[DATABASE]) as conn:
        await sweep_keys(conn)

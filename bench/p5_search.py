"""P5: finding venues: from kept bytes, from the database, and the page of what was found.

The reference is aiohttp's smallest answer, by one process in the same run.
"""

import itertools
import sys
import time
from asyncio import create_subprocess_exec
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from signal import Signals
from typing import Final
from urllib.parse import quote

import aiohttp

from bench.figures import Row, limited, middle, percentile
from bench.listings import VENUES, publish_listings
from bench.load import Outcome, ask_for
from bench.run import Run
from deploy.local.guard import guarded
from deploy.local.options import ROOT
from deploy.local.ports import LOCALHOST, free_port
from shared.core.clock import SystemClock, today

TITLE: Final = "finding venues"
CLIENTS: Final = 64
# Each of these takes milliseconds of the one process; more would only wait for each other.
CLIENTS_ANEW: Final = 4
OK: Final = 200
LEAST_PER_SECOND: Final = 10_000
MOST_PAGE_MS: Final = 10.0
MOST_PAGE_KILOBYTES: Final = 60
PAGES: Final = 60

Address = tuple[str, int]

# Over all repetitions, so that none comes twice.
_PRICES: Final = itertools.count(20_000)


async def measure(run: Run) -> list[Row]:
    """Return the rows of P5."""
    run.say(f"P5 {TITLE}: {VENUES:,} venues are written")
    day = today(SystemClock()) + timedelta(days=1)
    async with run.stack.database("venues") as database:
        await publish_listings(run.stack.owner_url, database, day)
    hello, kept, anew = [], [], []
    async with (
        _hello() as plain,
        run.stack.service("venues", "--role", "api") as venues,
    ):
        question = f"/v1/venues?date={day}&party=4&q={quote('陶艺')}"
        await _ask(venues, itertools.repeat(question), 1)
        for number in range(1, run.options.repetitions + 1):
            run.say(f"P5 {TITLE}: repetition {number}")
            seconds = run.options.seconds
            hello.append(await _ask(plain, itertools.repeat("/"), seconds))
            kept.append(await _ask(venues, itertools.repeat(question), seconds))
            anew.append(await _ask(venues, _each_another(question), seconds, CLIENTS_ANEW))
        pages, size = await _pages(run, venues, f"/?day={day}&adult=4&q={quote('陶艺')}")
    fast, plain_speed = middle([one.speed for one in kept]), middle([one.speed for one in hello])
    slow = middle([one.speed for one in anew])
    return [
        Row(
            "P5 search, one process, from kept bytes",
            str(fast),
            f"aiohttp hello {plain_speed.per_second:,.0f}/s",
            f"{fast.per_second / plain_speed.per_second:.2f}×",
            f"≥ {LEAST_PER_SECOND:,} requests/s",
            fast.per_second >= LEAST_PER_SECOND,
        ),
        Row("P5 search, each question another", str(slow), "", "", "", None),
        limited("P5 the page of what was found: p50", percentile(pages, 50), MOST_PAGE_MS, "ms"),
        limited("P5 the page before pictures", size / 1000, MOST_PAGE_KILOBYTES, "kB"),
    ]


@asynccontextmanager
async def _hello() -> AsyncIterator[Address]:
    """Run aiohttp's smallest server in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "bench.hello", str(port)]
    process = await create_subprocess_exec(*guarded(command, on_death=Signals.SIGKILL), cwd=ROOT)
    try:
        await _until_it_answers(f"http://{LOCALHOST}:{port}/")
        yield LOCALHOST, port
    finally:
        process.terminate()
        await process.wait()


async def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + 30
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < deadline:
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientConnectionError:
                continue
    raise RuntimeError(f"{url} does not answer")


async def _ask(
    address: Address, paths: Iterator[str], seconds: float, clients: int = CLIENTS
) -> Outcome:
    """Have clients ask for what is on one list. Raises RuntimeError for another answer."""
    requests = (
        f"GET {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n".encode() for path in paths
    )
    outcome = await ask_for(address, [requests] * clients, seconds=seconds)
    if set(outcome.statuses) != {OK}:
        raise RuntimeError(f"answered {dict(outcome.statuses)}, such as {outcome.others[:1]}")
    return outcome


def _each_another(question: str) -> Iterator[str]:
    """Yield questions of which none is known: each would pay another price at most."""
    return (f"{question}&price_most_fen={fen}" for fen in _PRICES)


async def _pages(run: Run, venues: Address, path: str) -> tuple[list[float], int]:
    """Return how long the page took each time (milliseconds), and its size in bytes."""
    run.say(f"P5 {TITLE}: pages")
    milliseconds, body = [], b""
    async with (
        run.stack.service("bookings", "--role", "api", DATABASE_POOL_SIZE="2") as bookings,
        run.stack.service(
            "web",
            WEB_VENUES_URL=f"http://{venues[0]}:{venues[1]}",
            WEB_BOOKINGS_URL=f"http://{bookings[0]}:{bookings[1]}",
        ) as web,
        aiohttp.ClientSession() as session,
    ):
        for _ in range(PAGES):
            began = time.perf_counter()
            async with session.get(f"http://{web[0]}:{web[1]}{path}") as answer:
                body = await answer.read()
                answer.raise_for_status()
            milliseconds.append((time.perf_counter() - began) * 1000)
    return milliseconds, len(body)

"""What search finds on two thousand generated venues, and how long it takes.

`python -m bench.search` prints a table: each question is asked anew, so that nothing is kept.
"""

import asyncio
import time
from datetime import timedelta
from statistics import median
from typing import Any, Final

import aiohttp
from rich.console import Console
from rich.table import Table

from bench.listings import VENUES, publish_listings
from bench.stack import fresh_stack
from shared.core.clock import SystemClock, today

QUESTIONS: Final = (
    "陶艺", "taoyi", "tao yi", "pottery", "咖", "potery", "陶意", "xlty", "嘉溪 咖啡",
)  # fmt: skip
TIMES: Final = 7
SHOWN: Final = 3
# Longer than an answer is kept.
PAUSE: Final = 1.1


async def main() -> None:
    """Ask all questions of a fresh database, and print what came."""
    day = today(SystemClock()) + timedelta(days=1)
    table = Table("question", "found", "how", "the first", "median", title=f"{VENUES:,} venues")
    async with fresh_stack() as stack:
        async with stack.database("venues") as database:
            await publish_listings(stack.owner_url, database, day)
        async with (
            stack.service("venues", "--role", "api") as (host, port),
            aiohttp.ClientSession(f"http://{host}:{port}") as session,
        ):
            for words in QUESTIONS:
                found, milliseconds = await _ask(session, words, str(day))
                first = "、".join(venue["name"]["zh"] for venue in found["items"][:SHOWN])
                table.add_row(
                    words, str(found["total"]), found["match"], first, f"{milliseconds:.0f} ms"
                )
    Console(width=120).print(table)


async def _ask(session: aiohttp.ClientSession, words: str, day: str) -> tuple[Any, float]:
    """Return the answer, and the middle of how long it took."""
    times = []
    found: Any = None
    for _ in range(TIMES):
        began = time.perf_counter()
        async with session.get("/v1/venues", params={"q": words, "date": day}) as answer:
            answer.raise_for_status()
            found = await answer.json()
        times.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE)
    return found, median(times)


if __name__ == "__main__":
    asyncio.run(main())

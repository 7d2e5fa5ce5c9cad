"""P9: as fast with millions of stored orders as with ten thousand.

Two databases on the one server, two bookings services, measured in turn.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from bench.buying import PROCESSES, VISITORS, Crowd, bookings, check_sold, warm_up
from bench.catalogue import District
from bench.figures import Row, Speed, compared, middle
from bench.run import Run
from bench.stored import DAYS, store_orders
from shared.db import Database

TITLE: Final = "with many orders stored"
FEW: Final = 10_000
LEAST_RATIO: Final = 0.9


@dataclass(frozen=True)
class Town:
    """A database with a past, and the service that sells there."""

    run: Run
    address: tuple[str, int]


async def measure(run: Run) -> list[Row]:
    """Return the row of P9."""
    many = run.options.stored_orders
    speeds: dict[int, list[Speed]] = {FEW: [], many: []}
    async with AsyncExitStack() as exits:
        towns = {size: await _settle(run, exits, size) for size in speeds}
        for number in range(1, run.options.repetitions + 1):
            for size, town in towns.items():
                run.say(f"P9 {TITLE}: repetition {number}, {size:,} orders")
                speeds[size].append(await _rush(town))
    few, grown = middle(speeds[FEW]), middle(speeds[many])
    return [
        compared(
            f"P9 one session, {VISITORS} clients, {PROCESSES} processes, {many:,} orders stored",
            str(grown),
            f"{FEW:,} stored: {few}",
            grown.per_second / few.per_second,
            LEAST_RATIO,
        )
    ]


async def _settle(run: Run, exits: AsyncExitStack, size: int) -> Town:
    """Make a database with so many orders, and start its service."""
    run.say(f"P9 {TITLE}: storing {size:,}")
    stack = await run.stack.beside(f"stored_{size}")
    database: Database = await exits.enter_async_context(stack.database("bookings"))
    district = await District.publish(database)
    await district.add_past_sessions(DAYS)
    await store_orders(stack.owner_url, size)
    town_run = Run(run.options, stack, database, district, run.say)
    address = await exits.enter_async_context(bookings(town_run))
    await warm_up(town_run, address)
    return Town(town_run, address)


async def _rush(town: Town) -> Speed:
    run = town.run
    session = await run.district.add_session()
    crowd = Crowd(run.stack, town.address, [session], VISITORS)
    first = (await crowd.buy_for(0.5)).only_created()
    outcome = (await crowd.buy_for(run.options.seconds)).only_created()
    await check_sold(run.database, [session], [first, outcome])
    return outcome.speed

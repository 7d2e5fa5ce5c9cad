"""P2: the same over 1,000 sessions: ten venues, a hundred days."""

from typing import Final

from bench.buying import PROCESSES, VISITORS, Crowd, bookings, check_sold, warm_up
from bench.catalogue import VENUES
from bench.figures import Row, compared, limited, middle
from bench.references import SESSIONS, SPREAD
from bench.run import Run

TITLE: Final = "spread over 1,000 sessions"
TIMES_PGBENCH: Final = 1
MOST_MS: Final = 30


async def measure(run: Run) -> list[Row]:
    """Return the rows of P2."""
    run.say(f"P2 {TITLE}: putting them on sale")
    sessions = await run.district.add_sessions(SESSIONS // VENUES, VENUES)
    references, ours, outcomes = [], [], []
    async with bookings(run) as address:
        await warm_up(run, address)
        for number in range(1, run.options.repetitions + 1):
            run.say(f"P2 {TITLE}: repetition {number}")
            references.append(
                await run.stack.pgbench.run(SPREAD, clients=VISITORS, seconds=run.options.seconds)
            )
            crowd = Crowd(run.stack, address, sessions, VISITORS)
            outcomes.append((await crowd.buy_for(1.0)).only_created())
            outcomes.append((await crowd.buy_for(run.options.seconds)).only_created())
            ours.append(outcomes[-1].speed)
            await check_sold(run.database, sessions, outcomes)
    reference, speed = middle(references), middle(ours)
    work = f"P2 {SESSIONS:,} sessions, {VISITORS} clients, {PROCESSES} processes"
    return [
        compared(
            work,
            str(speed),
            f"pgbench {reference}",
            speed.per_second / reference.per_second,
            TIMES_PGBENCH,
        ),
        limited(f"{work}: p99", speed.p99_ms, MOST_MS, "ms"),
    ]

"""P3: one client alone: gathering orders in batches must not tax the quiet hour."""

from typing import Final

from bench.buying import Crowd, bookings, check_sold, warm_up
from bench.figures import Row, middle
from bench.references import HOT
from bench.run import Run

TITLE: Final = "one client alone"
TIMES_PGBENCH: Final = 2
GRACE_MS: Final = 1.0


async def measure(run: Run) -> list[Row]:
    """Return the row of P3."""
    references, ours = [], []
    async with bookings(run) as address:
        await warm_up(run, address)
        for number in range(1, run.options.repetitions + 1):
            run.say(f"P3 {TITLE}: repetition {number}")
            references.append(
                await run.stack.pgbench.run(HOT, clients=1, seconds=run.options.seconds)
            )
            session = await run.district.add_session()
            crowd = Crowd(run.stack, address, [session], 1)
            first = (await crowd.buy_for(0.5)).only_created()
            outcome = (await crowd.buy_for(run.options.seconds)).only_created()
            await check_sold(run.database, [session], [first, outcome])
            ours.append(outcome.speed)
    reference, speed = middle(references), middle(ours)
    most = TIMES_PGBENCH * reference.p50_ms + GRACE_MS
    return [
        Row(
            "P3 one client: p50",
            f"{speed.p50_ms:.2f} ms ({speed})",
            f"pgbench {reference.p50_ms:.2f} ms",
            f"{speed.p50_ms / reference.p50_ms:.1f}×",
            f"≤ {TIMES_PGBENCH}× + {GRACE_MS:g} ms = {most:.2f} ms",
            speed.p50_ms <= most,
        )
    ]

"""P1: everybody wants one session; then it sells out, and exactly its capacity is sold."""

from dataclasses import dataclass
from typing import Final

from bench.buying import PROCESSES, VISITORS, Crowd, bookings, check_sold, warm_up
from bench.catalogue import PERSONS
from bench.figures import Row, Speed, compared, exactly, limited, middle
from bench.load import CREATED, Outcome
from bench.processor import ProcessorTime
from bench.profiling import profiled
from bench.references import HOT
from bench.run import Run

TITLE: Final = "everybody wants one session"
TIMES_PGBENCH: Final = 5
MOST_MS: Final = 30
# Orders a second of pretix 2026.8 by its API at 32 clients: measured earlier, on such a machine.
PRETIX: Final = 28
TIMES_PRETIX: Final = 150

SMALL_CAPACITY: Final = 2_000
TRIES: Final = 3_000
CONFLICT: Final = 409


async def measure(run: Run) -> list[Row]:
    """Return the rows of P1."""
    async with bookings(run) as address:
        await warm_up(run, address)
        rush = await _rush(run, address, "p1")
        outcome, booked = await _sell_out(run, address)
    async with run.stack.broker() as broker, bookings(run, role="all", broker=broker) as address:
        await warm_up(run, address)
        with_relay = await _rush(run, address, "p1-with-relay")
    work = f"P1 one session, {VISITORS} clients, {PROCESSES} processes"
    ours, reference = rush.ours, rush.reference
    ratio = ours.per_second / reference.per_second
    return [
        compared(work, str(ours), f"pgbench {reference}", ratio, TIMES_PGBENCH),
        limited(f"{work}: p99", ours.p99_ms, MOST_MS, "ms"),
        compared(
            f"{work}: against pretix",
            f"{ours.per_second:,.0f}/s",
            f"pretix {PRETIX}/s",
            ours.per_second / PRETIX,
            TIMES_PRETIX,
        ),
        exactly(
            f"P1 {TRIES:,} want a session for {SMALL_CAPACITY // PERSONS:,} of them: people booked",
            booked,
            SMALL_CAPACITY,
        ),
        Row("… answered then, refusals included", _pace(outcome), "", "", "", None),
        Row("P1 while the same processes send the events", str(with_relay.ours), "", "", "", None),
        Row("P1 processor time of an order", rush.cost, "", "", "", None),
    ]


@dataclass(frozen=True)
class Rush:
    """pgbench's speed and ours, and what an order cost the processors."""

    reference: Speed
    ours: Speed
    cost: str


async def _rush(run: Run, address: tuple[str, int], name: str) -> Rush:
    """Measure pgbench and us in turn, on the same server."""
    references, outcomes = [], []
    for number in range(1, run.options.repetitions + 1):
        run.say(f"P1 {TITLE}: repetition {number}")
        references.append(
            await run.stack.pgbench.run(HOT, clients=VISITORS, seconds=run.options.seconds)
        )
        session = await run.district.add_session()
        crowd = Crowd(run.stack, address, [session], VISITORS)
        first = (await crowd.buy_for(0.5)).only_created()
        before = ProcessorTime.used(run.stack)
        async with profiled(run, name, seconds=run.options.seconds):
            outcomes.append((await crowd.buy_for(run.options.seconds)).only_created())
        cost = ProcessorTime.used(run.stack).since(before, len(outcomes[-1].milliseconds))
        await check_sold(run.database, [session], [first, outcomes[-1]])
    ours = middle([outcome.speed for outcome in outcomes])
    client = f"{outcomes[-1].client_cost:,.0f} µs in this client"
    return Rush(middle(references), ours, f"{cost}, {client}")


async def _sell_out(run: Run, address: tuple[str, int]) -> tuple[Outcome, int]:
    """Return what came of a session too small for all, and for how many it is booked."""
    run.say("P1 the session sells out")
    session = await run.district.add_session(SMALL_CAPACITY)
    outcome = await Crowd(run.stack, address, [session], VISITORS).try_times(TRIES)
    if set(outcome.statuses) != {CREATED, CONFLICT}:
        raise RuntimeError(f"answered {dict(outcome.statuses)}, such as {outcome.others[:1]}")
    return outcome, await check_sold(run.database, [session], [outcome])


def _pace(outcome: Outcome) -> str:
    return f"{outcome.statuses.total() / outcome.seconds:,.0f}/s"

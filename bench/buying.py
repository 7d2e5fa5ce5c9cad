"""Everybody buys: the load of orders, and the check that exactly what was confirmed was sold."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

from bench.catalogue import PERSONS, Session
from bench.load import Outcome, ask_for, ask_times, requests_of
from bench.run import Run
from bench.stack import Stack
from shared.db import Database, acquire
from shared.http.keys import Role

VISITORS: Final = 64
PROCESSES: Final = 2
WARM_UP_SECONDS: Final = 2.0

SOLD: Final = """
select coalesce(sum(order_lines.persons), 0)::integer
from order_lines
join (select unnest($1::uuid[]) as offering_id, unnest($2::timestamptz[]) as starts_at) as session
    using (offering_id, starts_at)
where order_lines.claim_state <> 'released'
"""

# Pools that were oversold, or whose counter is not what is booked.
WRONG_POOLS: Final = """
select count(*)
from pools
left join (
    select claim.pool_id, sum(claim.quantity) as quantity
    from order_lines, unnest(pool_ids, quantities) as claim (pool_id, quantity)
    where claim_state <> 'released'
    group by claim.pool_id
) as live on live.pool_id = pools.id
where pools.taken > pools.capacity or pools.taken <> coalesce(live.quantity, 0)
"""


@asynccontextmanager
async def bookings(
    run: Run, *, role: Role = "api", broker: str | None = None
) -> AsyncIterator[tuple[str, int]]:
    """Run bookings in several processes; without a broker its events stay where they are."""
    environment = {} if broker is None else {"KAFKA_BOOTSTRAP_SERVERS": broker}
    async with run.stack.service(
        "bookings", "--workers", str(PROCESSES), "--role", role, **environment
    ) as address:
        yield address


async def warm_up(run: Run, address: tuple[str, int]) -> None:
    """Have the first orders placed that nobody counts: connections, plans and caches are new."""
    session = await run.district.add_session()
    crowd = Crowd(run.stack, address, [session], VISITORS)
    (await crowd.buy_for(WARM_UP_SECONDS)).only_created()


class Crowd:
    """Visitors with accounts and tokens of their own, one connection each."""

    def __init__(
        self, stack: Stack, address: tuple[str, int], sessions: Sequence[Session], number: int
    ) -> None:
        self._address = address
        tokens = stack.tokens([uuid4() for _ in range(number)])
        # Each begins somewhere else, so that not all are at the same session at once.
        bodies = [session.order for session in sessions]
        self._visitors = [
            requests_of(address, token, bodies[shift:] + bodies[:shift])
            for token, shift in zip(tokens, _shifts(number, len(bodies)), strict=True)
        ]

    async def buy_for(self, seconds: float) -> Outcome:
        """Buy for some seconds."""
        return await ask_for(self._address, self._visitors, seconds=seconds)

    async def try_times(self, times: int) -> Outcome:
        """Try to buy so many times, all together."""
        return await ask_times(self._address, self._visitors, times=times)


def _shifts(visitors: int, bodies: int) -> list[int]:
    return [visitor * bodies // visitors for visitor in range(visitors)]


async def sold(database: Database, sessions: Sequence[Session]) -> int:
    """Return for how many people the sessions are booked."""
    async with acquire(database) as conn:
        found: int = await conn.fetchval(
            SOLD,
            [session.offering_id for session in sessions],
            [session.starts_at for session in sessions],
        )
        return found


async def check_sold(
    database: Database, sessions: Sequence[Session], outcomes: Sequence[Outcome]
) -> int:
    """Return for how many people the sessions are booked, after a look at all pools.

    Raises RuntimeError where that is not what was confirmed, or where a pool is oversold or
    counts something else than what is booked.
    """
    confirmed = PERSONS * sum(len(outcome.milliseconds) for outcome in outcomes)
    found = await sold(database, sessions)
    async with acquire(database) as conn:
        wrong = await conn.fetchval(WRONG_POOLS)
    if found != confirmed or wrong:
        raise RuntimeError(f"{confirmed} places confirmed, {found} sold; {wrong} pools are wrong")
    return found

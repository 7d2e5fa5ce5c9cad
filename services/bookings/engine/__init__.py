"""The engine: everything that can run out is a pool; orders take, keep and release places.

`take` is one set-based statement over many requests; each gets all of its claims or none, and
the database refuses to oversell whatever the callers do (see the migrations of this schema).

Who locks several things locks them in this order, so that no two wait for each other: the round
of the waiting list, its entries, orders by their ids, what an account may have
(`orders.lock_limits`; orders that are placed have no row yet, and begin here), pools by their ids.
A round has pools already when it counts what an account has, so it only tries that lock. All that
a transaction takes goes in one call, and so does all that it gives back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from services.bookings.domain.claims import Claim
from services.bookings.engine.touched import note_after_commit
from services.bookings.waiting import released
from shared.db import Connection, after_commit, fetch_all

TAKE: Final = """
select request, short_pool_id, places_left
from take_places($1::integer[], $2::bigint[], $3::integer[])
"""

KEEP: Final = """
update order_lines
set claim_state = 'kept'
where order_id = any ($1::uuid[]) and claim_state = 'held'
"""

KEEP_LINES: Final = """
update order_lines
set claim_state = 'kept'
where line_id = any ($1::uuid[]) and claim_state = 'held'
"""

RELEASE: Final = """
with freed as (
    update order_lines
    set claim_state = 'released'
    where order_id = any ($1::uuid[]) and claim_state <> 'released'
    returning pool_ids, quantities
)
select
    release_places(array_agg(claim.pool_id), array_agg(claim.quantity)),
    array_agg(claim.pool_id) as pool_ids
from freed, unnest(freed.pool_ids, freed.quantities) as claim (pool_id, quantity)
"""

RELEASE_LINES: Final = """
with freed as (
    update order_lines
    set
        claim_state = 'released',
        left_as = leaving.left_as,
        left_at = case when leaving.left_as is not null then now() end
    from unnest($1::uuid[], $2::text[]) as leaving (line_id, left_as)
    where order_lines.line_id = leaving.line_id and claim_state <> 'released'
    returning pool_ids, quantities
)
select
    release_places(array_agg(claim.pool_id), array_agg(claim.quantity)),
    array_agg(claim.pool_id) as pool_ids
from freed, unnest(freed.pool_ids, freed.quantities) as claim (pool_id, quantity)
"""

LeftAs = Literal["cancelled", "changed", "lapsed"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that did not get its places: the first pool that was too short, what is left.

    `places_left` is None where the pool is shut.
    """

    request: int
    short_pool_id: int
    places_left: int | None


async def take(conn: Connection, requests: Sequence[Iterable[Claim]]) -> list[Refusal]:
    """Take the places of many requests, all of each one's or none, in their order.

    Returns the refused ones; all others have their places when the transaction commits.
    """
    rows = [
        (number, claim.pool_id, claim.quantity)
        for number, claims in enumerate(requests)
        for claim in claims
    ]
    numbers, pool_ids, quantities = (list(column) for column in zip(*rows, strict=True))
    note_after_commit(conn, pool_ids)
    return await fetch_all(conn, Refusal, TAKE, numbers, pool_ids, quantities)


async def keep(conn: Connection, order_ids: Sequence[UUID]) -> None:
    """Make the held places of orders theirs for good. The caller holds the orders' locks."""
    await conn.execute(KEEP, order_ids)


async def keep_lines(conn: Connection, line_ids: Sequence[UUID]) -> None:
    """Make the held places of some lines theirs for good. The caller holds the orders' locks."""
    await conn.execute(KEEP_LINES, line_ids)


async def release(conn: Connection, order_ids: Sequence[UUID]) -> None:
    """Give the places of orders back, each exactly once. The caller holds the orders' locks."""
    freed = await conn.fetchval(RELEASE, order_ids, column=1)
    note_after_commit(conn, freed or ())
    after_commit(conn, released.wake)


async def release_lines(conn: Connection, leaving: Mapping[UUID, LeftAs | None]) -> None:
    """Take lines out of orders, each for its reason, and give their places back exactly once.

    None is for a line that ends with its order. The caller holds the orders' locks, and corrects
    their totals. Whatever a transaction gives back goes in one call: two would lock pools out of
    the order of their ids.
    """
    freed = await conn.fetchval(RELEASE_LINES, list(leaving), list(leaving.values()), column=1)
    note_after_commit(conn, freed or ())
    after_commit(conn, released.wake)

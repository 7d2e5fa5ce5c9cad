"""Putting a line in the place of another: its row and its places, in one locked step.

Only the difference between the two moves, so that a change which needs nothing more succeeds in
what is full, and nobody slips in between. All pools of both lines are locked in the order of their
ids before any is touched. The caller holds the order's lock.
"""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Final
from uuid import UUID

from services.bookings import engine
from services.bookings.domain.change import Places, Swap
from services.bookings.domain.claims import Claim
from services.bookings.domain.lines import PlannedLine
from services.bookings.engine.touched import note_after_commit
from services.bookings.waiting import released
from shared.db import Connection, after_commit

LOCK_ROOM: Final = """
select id, places_left(pools) as room, closed
from pools
where id = any ($1::bigint[])
order by id
for no key update
"""

INSERT_LINE: Final = """
insert into order_lines (
    line_id, order_id, position, offering_id, offering_version, venue_id, organisation_id,
    village_id, kind, offering_name, venue_name, village_name, address, day, day_type, nights,
    starts_at, ends_at, tickets, persons, units, options, price_fen, breakdown, pool_ids,
    quantities, claim_state, replaces_line_id, most_percent, held_until, shared_pool_ids,
    shared_quantities
)
select
    $1, order_id, (select max(position) + 1 from order_lines where order_id = earlier.order_id),
    $3, $4, $5, $6, $7, earlier.kind, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
    $20, $21, $22, $23, $24,
    case when $26::integer is null then earlier.claim_state else 'held' end, line_id, $25,
    now() + make_interval(mins => $26), $27, $28
from order_lines as earlier
where line_id = $2
"""

# Its places stay taken: they are the other line's now, but for those that are given back.
LEAVE: Final = """
update order_lines
set claim_state = 'released', left_as = 'changed', left_at = now()
where line_id = $1
"""

GIVE_BACK: Final = "select release_places($1::bigint[], $2::integer[])"


async def take(conn: Connection, swap: Swap) -> None:
    """Take what the new line needs beyond the earlier one; room for it was found under the lock.

    Raises RuntimeError where there is no room after all, which is a bug of the caller.
    """
    if swap.taken and await engine.take(conn, [_claims(swap.taken)]):
        raise RuntimeError("places were found under the lock of their pools, and are gone")


async def insert_line(
    conn: Connection,
    line_id: UUID,
    earlier_id: UUID,
    plan: PlannedLine,
    swap: Swap,
    *,
    most_percent: int,
    wait_minutes: int | None,
) -> None:
    """Add the new line to the order; with `wait_minutes` it waits so long for its payment.

    A line that waits claims only what was taken for it; what it shares is noted beside.
    """
    offered = plan.offered
    waits = wait_minutes is not None
    claims = swap.taken if waits else {c.pool_id: c.quantity for c in swap.choice.claims}
    await conn.execute(
        INSERT_LINE,
        line_id,
        earlier_id,
        offered.offering_id,
        offered.version,
        offered.venue_id,
        offered.organisation_id,
        offered.village_id,
        offered.offering_name,
        offered.venue_name,
        offered.village_name,
        offered.address,
        plan.day,
        plan.slots[0].day_type,
        plan.nights,
        plan.starts_at,
        plan.ends_at,
        plan.tickets,
        plan.persons,
        plan.units,
        swap.choice.options,
        plan.price_fen,
        [asdict(item) for item in plan.breakdown],
        list(claims),
        list(claims.values()),
        most_percent,
        wait_minutes,
        list(swap.shared) if waits else None,
        list(swap.shared.values()) if waits else None,
    )


async def leave(conn: Connection, earlier_id: UUID, given_back: Places) -> None:
    """Take the earlier line out of its order, and give back what nobody needs any more.

    The other line is in the order already, or takes over what they share in this transaction.
    """
    await conn.execute(LEAVE, earlier_id)
    if given_back:
        await conn.execute(GIVE_BACK, list(given_back), list(given_back.values()))
        note_after_commit(conn, given_back)
        after_commit(conn, released.wake)


def _claims(places: Places) -> Iterable[Claim]:
    return [Claim(pool_id, quantity) for pool_id, quantity in places.items()]

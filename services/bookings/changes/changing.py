"""Changing a line to another date or party: at once, or when what it costs more is paid.

The new line stands in the place of the earlier one (`replaces_line_id`), under today's edition of
the same offering. See `domain/change.py` for the money, `swapping.py` for the places. The caller
holds the order's lock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.bookings import engine
from services.bookings.changes.planning import PlannedChange, find_places
from services.bookings.changes.swapping import LOCK_ROOM, insert_line, leave, take
from services.bookings.changes.totals import correct_total
from services.bookings.money import ledger
from services.bookings.money.refunding import request_refunds
from services.bookings.tellings import tell_changed
from shared.core.ids import IdSource
from shared.db import Connection, fetch_first, fetch_one

# An order that was free is paid at the venue from now on, where the new line costs something.
PAY_ON_SITE: Final = """
update orders
set accepted_payment = 'on_site', payment_method = 'on_site'
where order_id = $1 and payment_method = 'free'
"""

FIND_DUE: Final = """
select
    line.line_id, line.order_id, line.replaces_line_id as replaced_line_id, line.organisation_id,
    line.price_fen - replaced.price_fen as due_fen, line.held_until,
    line.held_until <= now() as is_over
from order_lines as line
join order_lines as replaced on replaced.line_id = line.replaces_line_id
join orders on orders.order_id = line.order_id
where line.line_id = $1
    and line.held_until is not null
    and line.claim_state = 'held'
    and orders.state = 'confirmed'
    and replaced.left_as is null
    and not exists (select 1 from check_ins where check_ins.line_id = replaced.line_id)
"""

LOCK_POOLS: Final = """
select 1
from pools
where id in (
    select unnest(pool_ids) from order_lines where line_id = any ($1::uuid[])
)
order by id
for no key update
"""

# What the line shared with the one that it replaces is its own now.
STAND: Final = """
update order_lines
set
    claim_state = 'kept',
    pool_ids = own.pool_ids,
    quantities = own.quantities,
    held_until = null,
    shared_pool_ids = null,
    shared_quantities = null
from (
    select array_agg(pool_id order by pool_id) as pool_ids,
        array_agg(quantity order by pool_id) as quantities
    from (
        select pool_id, sum(quantity)::integer as quantity
        from order_lines, unnest(pool_ids || shared_pool_ids, quantities || shared_quantities)
            as claim (pool_id, quantity)
        where line_id = $1
        group by pool_id
    ) as claim
) as own
where line_id = $1
"""

# The places of the replaced line that are not the other one's now.
FIND_FREED: Final = """
select
    coalesce(array_agg(pool_id), '{}') as pool_ids,
    coalesce(array_agg(quantity), '{}') as quantities
from (
    select claim.pool_id, claim.quantity - coalesce(shared.quantity, 0) as quantity
    from order_lines as replaced
    cross join unnest(replaced.pool_ids, replaced.quantities) as claim (pool_id, quantity)
    left join (
        select pool_id, quantity
        from order_lines, unnest(shared_pool_ids, shared_quantities) as part (pool_id, quantity)
        where line_id = $2
    ) as shared on shared.pool_id = claim.pool_id
    where replaced.line_id = $1
) as freed
where quantity > 0
"""


@dataclass(frozen=True, slots=True)
class DueChange:
    """A change that waits for its payment; where that `is_over`, nobody may begin to pay any more.

    Money that was already on its way is good for as long as the change has not lapsed.
    """

    line_id: UUID
    order_id: UUID
    replaced_line_id: UUID
    organisation_id: UUID
    due_fen: int
    held_until: datetime
    is_over: bool


@dataclass(frozen=True, slots=True)
class Freed:
    """Places that are given back."""

    pool_ids: list[int]
    quantities: list[int]


async def change_line(
    conn: Connection, ids: IdSource, planned: PlannedChange, wait_minutes: int
) -> UUID:
    """Do what was planned, and return the new line's id.

    Where something is due first, the earlier line stays until that is paid, and the new one keeps
    its places so many minutes. Raises PoolExhausted and DayIsFull.
    """
    earlier, line_id = planned.earlier, ids.new()
    places = await find_places(conn, planned, LOCK_ROOM)
    await take(conn, places)
    waits = planned.price.due_fen > 0
    await insert_line(
        conn,
        line_id,
        earlier.line_id,
        planned.plan,
        places,
        most_percent=planned.price.most_percent,
        wait_minutes=wait_minutes if waits else None,
    )
    if not waits:
        await leave(conn, earlier.line_id, places.given_back)
        if planned.payment != "free":
            await conn.execute(PAY_ON_SITE, earlier.order_id)
        await correct_total(conn, earlier.order_id)
        if earlier.order_state == "confirmed":
            await _settle(conn, planned)
            await tell_changed(conn, line_id)
    return line_id


async def find_due_change(conn: Connection, line_id: UUID) -> DueChange | None:
    """Return the change that a line waits for the payment of; None where it lapsed or can't be.

    It can't be any more when the earlier line left its order or somebody of it came, or when the
    order ended.
    """
    return await fetch_first(conn, DueChange, FIND_DUE, line_id)


async def settle_change(conn: Connection, line_id: UUID) -> bool:
    """Let a line stand in the place of the earlier one, because what it costs more was paid.

    Tells whether it did. Where it did not, see `find_due_change`, the money has paid for nothing.
    """
    due = await find_due_change(conn, line_id)
    if due is None:
        return False
    replaced_id = due.replaced_line_id
    await conn.execute(LOCK_POOLS, [line_id, replaced_id])
    freed = await fetch_one(conn, Freed, FIND_FREED, replaced_id, line_id)
    await conn.execute(STAND, line_id)
    await leave(conn, replaced_id, dict(zip(freed.pool_ids, freed.quantities, strict=True)))
    await correct_total(conn, due.order_id)
    await ledger.reverse_sale(conn, [replaced_id])
    await ledger.post_sales(conn, [due.order_id])
    await tell_changed(conn, line_id)
    return True


async def lapse_changes(conn: Connection, line_ids: list[UUID]) -> None:
    """Give up changes that nobody paid for; the lines that they were to replace stand."""
    await engine.release_lines(conn, dict.fromkeys(line_ids, "lapsed"))


async def _settle(conn: Connection, planned: PlannedChange) -> None:
    earlier, price = planned.earlier, planned.price
    await ledger.reverse_sale(conn, [earlier.line_id])
    await ledger.post_sales(conn, [earlier.order_id])
    await ledger.post_fee(conn, earlier.line_id, price.fee_fen)
    await request_refunds(conn, earlier.order_id, earlier.line_id, price.refund_fen, "changed")

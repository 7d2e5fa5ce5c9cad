"""Giving an expired order its places again, because its money came after all."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.bookings import engine
from services.bookings.domain.claims import Claim
from services.bookings.orders import lock_limits
from shared.db import Connection, fetch_all

# Whatever is not on sale any more, or is too late to book, is not given again either.
IS_ON_SALE: Final = """
select not exists (
    select 1
    from order_lines as line
    left join offerings
        on offerings.offering_id = line.offering_id and offerings.on_sale
    left join venues on venues.venue_id = line.venue_id and venues.on_sale
    where line.order_id = $1
        and line.left_as is null
        and (
            offerings.offering_id is null
            or venues.venue_id is null
            or exists (
                select 1
                from pools
                join slots on slots.slot_id = pools.subject_id
                where pools.id = any (line.pool_ids)
                    and pools.scope = 'slot'
                    and not (slots.on_sale and slots.sold_until > now())
            )
        )
)
"""

IS_OVER_LIMIT: Final = """
select exists (
    select 1
    from order_lines as line
    join orders using (order_id)
    join offering_editions as edition
        on edition.offering_id = line.offering_id and edition.version = line.offering_version
    where line.order_id = $1
        and line.left_as is null
        and edition.terms ->> 'most_per_account' is not null
    group by orders.account_id, line.offering_id, line.starts_at
    having sum(line.persons) + coalesce((
        select sum(other.persons)
        from orders as other_order
        join order_lines as other using (order_id)
        where other_order.account_id = orders.account_id
            and other.offering_id = line.offering_id
            and other.starts_at = line.starts_at
            and other.claim_state <> 'released'
    ), 0) > min((edition.terms ->> 'most_per_account')::integer)
)
"""

FIND_CLAIMS: Final = """
select claim.pool_id, claim.quantity
from order_lines, unnest(pool_ids, quantities) as claim (pool_id, quantity)
where order_id = $1 and left_as is null
"""

KEEP_AGAIN: Final = """
update order_lines
set claim_state = 'kept'
where order_id = $1 and claim_state = 'released' and left_as is null
"""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim as it is stored."""

    pool_id: int
    quantity: int


async def take_again(conn: Connection, order_id: UUID, account_id: UUID) -> bool:
    """Take the places of an expired order again, all of them or none, and tell whether it did.

    They are counted as taken from here on; `keep_again` makes them the order's. The caller holds
    the order's lock.
    """
    await lock_limits(conn, account_id)
    if not await conn.fetchval(IS_ON_SALE, order_id) or await conn.fetchval(
        IS_OVER_LIMIT, order_id
    ):
        return False
    rows = await fetch_all(conn, ClaimRow, FIND_CLAIMS, order_id)
    claims = [Claim(row.pool_id, row.quantity) for row in rows]
    return bool(claims) and not await engine.take(conn, [claims])


async def keep_again(conn: Connection, order_id: UUID) -> None:
    """Give an expired order the places that were taken for it; its payment is recorded already."""
    await conn.execute(KEEP_AGAIN, order_id)

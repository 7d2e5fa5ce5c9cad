"""Whether places that are held may still be paid for.

Paying changes no pool, so it locks none. It shares a lock with all others who pay; whoever obeys a
closure takes that lock alone, and what is read behind it is true until the transaction ends.
"""

from typing import Final
from uuid import UUID

from shared.db import Connection

SHARE: Final = "select pg_advisory_xact_lock_shared(hashtext('bookings.closures'))"

IS_ORDER_CLOSED: Final = """
select exists (
    select 1
    from order_lines as line
    join pools on pools.id = any (line.pool_ids)
    where line.order_id = $1
        and line.left_as is null
        and line.held_until is null
        and pools.closed
)
"""

# With the places that it takes over from the line that it replaces.
IS_CHANGE_CLOSED: Final = """
select exists (
    select 1
    from order_lines as line
    join pools on pools.id = any (line.pool_ids || coalesce(line.shared_pool_ids, '{}'))
    where line.line_id = $1 and pools.closed
)
"""


async def is_order_closed(conn: Connection, order_id: UUID) -> bool:
    """Tell whether something that a held order holds is shut. The caller holds the order's lock."""
    await conn.execute(SHARE)
    return bool(await conn.fetchval(IS_ORDER_CLOSED, order_id))


async def is_change_closed(conn: Connection, line_id: UUID) -> bool:
    """Tell whether a change that waits for its payment would lie in what is shut."""
    await conn.execute(SHARE)
    return bool(await conn.fetchval(IS_CHANGE_CLOSED, line_id))

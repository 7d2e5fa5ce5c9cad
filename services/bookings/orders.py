"""Finding an order for whoever may see it, locking it, and counting what is told of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.bookings.views import OrderView, load_orders
from shared.core.errors import NotFound
from shared.core.sealing import Sealer
from shared.db import Connection, fetch_one
from shared.http.access import Caller

FIND_OWNER: Final = "select account_id from orders where order_id = $1"
LOCK: Final = "select 1 from orders where order_id = $1 for update"
LOCK_OWN: Final = "select 1 from orders where order_id = $1 and account_id = $2 for update"

# The same lock as `place_orders` takes: what one account may have is counted by one at a time.
LOCK_LIMITS: Final = """
select pg_advisory_xact_lock(hashtextextended('bookings.limits ' || $1, 0))
"""

COUNT: Final = """
update orders
set version = version + 1
where order_id = $1
returning account_id, version, now() as now
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """An order's visitor and next version, and the database's time."""

    account_id: UUID
    version: int
    now: datetime


async def find_order(conn: Connection, sealer: Sealer, order_id: UUID, caller: Caller) -> OrderView:
    """Return an order to its visitor, or to a service that the route lets in.

    Raises NotFound, also where the order is somebody else's.
    """
    await check_seen_by(conn, order_id, caller)
    [view] = await load_orders(conn, sealer, [order_id])
    return view


async def check_seen_by(conn: Connection, order_id: UUID, caller: Caller) -> None:
    """Raise NotFound unless the order is the caller's, or the caller is a service."""
    owner = await conn.fetchval(FIND_OWNER, order_id)
    if owner is None or (caller.service is None and owner != caller.account_id):
        raise NotFound


async def lock_order(conn: Connection, order_id: UUID) -> None:
    """Lock an order until the transaction ends; one that does not exist is nobody's."""
    await conn.execute(LOCK, order_id)


async def lock_own_order(conn: Connection, order_id: UUID, account_id: UUID) -> None:
    """Lock an order of this visitor until the transaction ends.

    Read its state afterwards, by a statement of its own: that sees what the lock's last holder
    committed. Raises NotFound, also where the order is somebody else's.
    """
    if not await conn.fetchval(LOCK_OWN, order_id, account_id):
        raise NotFound


async def lock_limits(conn: Connection, account_id: UUID) -> None:
    """Wait until nobody else counts what an account may have; held until the transaction ends."""
    await conn.execute(LOCK_LIMITS, str(account_id))


async def count_event(conn: Connection, order_id: UUID) -> Counted:
    """Count an event of an order, and return its version. The caller holds the order's lock."""
    return await fetch_one(conn, Counted, COUNT, order_id)

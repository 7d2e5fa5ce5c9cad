"""Finding an order for whoever may see it."""

from typing import Final
from uuid import UUID

from services.bookings.views import OrderView, load_orders
from shared.core.errors import NotFound
from shared.core.sealing import Sealer
from shared.db import Connection
from shared.http.access import Caller

FIND_OWNER: Final = "select account_id from orders where order_id = $1"
LOCK_OWN: Final = "select 1 from orders where order_id = $1 and account_id = $2 for update"


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


async def lock_own_order(conn: Connection, order_id: UUID, account_id: UUID) -> None:
    """Lock an order of this visitor until the transaction ends.

    Read its state afterwards, by a statement of its own: that sees what the lock's last holder
    committed. Raises NotFound, also where the order is somebody else's.
    """
    if not await conn.fetchval(LOCK_OWN, order_id, account_id):
        raise NotFound

"""Confirming an order: its places are kept, its lines are sold, and the others are told."""

from typing import Final
from uuid import UUID

from services.bookings import engine
from services.bookings.money import ledger
from services.bookings.tellings import tell_confirmed
from services.bookings.views import OrderView, PaymentMethod, load_orders
from shared.core.sealing import Sealer
from shared.db import Connection

CONFIRM: Final = """
update orders
set state = 'confirmed', payment_method = $2, confirmed_at = now(), version = version + 1
where order_id = $1
returning account_id
"""

# Attempts to pay it are not needed any more, and closed as soon as the job comes by.
END_PAYMENTS: Final = """
update payments set due_at = now() where order_id = $1 and line_id is null and state = 'started'
"""


async def confirm(
    conn: Connection, sealer: Sealer, order_id: UUID, method: PaymentMethod
) -> OrderView:
    """Confirm an order that is held, or that was just given its places again; return it.

    The caller holds the order's lock. `method` is how it was paid, or will be at the venue.
    """
    account_id = await conn.fetchval(CONFIRM, order_id, method)
    await engine.keep(conn, [order_id])
    await ledger.post_sales(conn, [order_id])
    await conn.execute(END_PAYMENTS, order_id)
    [view] = await load_orders(conn, sealer, [order_id])
    await tell_confirmed(conn, view, account_id)
    return view

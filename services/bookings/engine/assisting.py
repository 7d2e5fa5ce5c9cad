"""Placing an order for somebody who does not book themselves, on the record."""

from datetime import timedelta
from typing import Final

from services.bookings.engine.placing import Draft, Placement, place_in
from services.bookings.views import BookingRole
from shared.core.errors import NotAllowed
from shared.db import Database, retry, transaction
from shared.http.access import Caller

NOTE: Final = "insert into assisted_orders (order_id, placed_by, role) values ($1, $2, $3)"


def role_of(caller: Caller) -> BookingRole:
    """Return as what the caller books for others. Raises NotAllowed for whoever does not."""
    if not caller.may("order.place_for_others"):
        raise NotAllowed
    return "helper" if "helper" in caller.roles else "organiser"


async def place_for_other(
    database: Database, draft: Draft, hold_minutes: int, role: BookingRole
) -> Placement:
    """Place an order by itself, with the record of who placed it for somebody else.

    Helpers hold as many orders at once as there are people who call them.
    """

    async def unit() -> Placement:
        async with transaction(database) as conn:
            placement = await place_in(conn, draft, timedelta(minutes=hold_minutes))
            if placement.outcome == "placed":
                await conn.execute(NOTE, draft.order_id, draft.account_id, role)
            return placement

    return await retry(unit)

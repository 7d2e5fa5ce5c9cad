"""Which ways to pay in advance an order has, by whom it pays; one that has none is not sold.

All operators of an order are paid by one payment, each at an account of its own at the provider.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings.errors import OrderNeverPayable
from services.bookings.keys import PROVIDERS
from services.bookings.payments.provider import MOST_PARTS
from shared.contracts.bookings import OnlineMethod
from shared.contracts.terms import PaymentPolicy
from shared.db import Connection, acquire
from shared.http.keys import DATABASE

# The sandbox pays everybody; others pay those who have an account there.
FIND_METHODS: Final = """
select method
from unnest($1::text[]) with ordinality as offered (method, place)
where method = 'sandbox' or not exists (
    select organisation_id from unnest($2::uuid[]) as organisation_id
    except
    select organisation_id from merchants where merchants.method = offered.method
)
order by place
"""

FIND_OPERATORS: Final = """
select organisation_id
from order_lines
where order_id = $1
    and left_as is null
    and price_fen > 0
    and not (claim_state = 'held' and held_until is not null)
group by organisation_id
"""


async def find_methods(
    app: web.Application, conn: Connection, operators: Collection[UUID]
) -> tuple[OnlineMethod, ...]:
    """Return the ways in which these operators can be paid together."""
    if len(operators) > MOST_PARTS:
        return ()
    offered: list[OnlineMethod] = [*app[PROVIDERS]]
    rows = await conn.fetch(FIND_METHODS, offered, list(operators))
    return tuple(row["method"] for row in rows)


async def find_methods_of(
    app: web.Application, conn: Connection, order_id: UUID
) -> tuple[OnlineMethod, ...]:
    """Return the ways in which an order can be paid in advance, by what its lines cost today."""
    rows = await conn.fetch(FIND_OPERATORS, order_id)
    return await find_methods(app, conn, [row["organisation_id"] for row in rows])


async def check_payable(
    app: web.Application, payment: PaymentPolicy, operators: Collection[UUID]
) -> None:
    """Raise OrderNeverPayable where an order has to be paid in advance, and never could be.

    `operators` are those whose lines cost something, each once. The database is asked only where
    no sandbox pays everybody.
    """
    if payment != "online":
        return
    if len(operators) > MOST_PARTS:
        raise OrderNeverPayable(reason="operators", most=MOST_PARTS)
    if "sandbox" in app[PROVIDERS]:
        return
    async with acquire(app[DATABASE]) as conn:
        if not await find_methods(app, conn, operators):
            raise OrderNeverPayable(reason="merchants", most=MOST_PARTS)

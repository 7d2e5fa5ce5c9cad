"""Lapse changes: what they cost more was not paid in time, so the earlier lines stand."""

from functools import partial
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings.changes.changing import lapse_changes as give_up
from services.bookings.one_by_one import one_by_one
from shared.db import acquire, transaction
from shared.http.keys import DATABASE

_log: Final = structlog.get_logger()

FIND_DUE: Final = """
select line_id
from order_lines
where held_until <= now() and claim_state = 'held'
order by held_until
limit 1000
"""

# An order that is being paid for or cancelled at this moment is locked: it is left to its fate.
LOCK_ORDER: Final = """
select 1
from orders
where order_id = (select order_id from order_lines where line_id = $1)
for update skip locked
"""

IS_DUE: Final = """
select 1 from order_lines where line_id = $1 and held_until <= now() and claim_state = 'held'
"""


async def lapse_changes(app: web.Application) -> None:
    """Give up each change whose time is over by the database's clock, and free its places.

    Money that comes afterwards goes back. Nobody is told: the others never heard of the change.
    """
    async with acquire(app[DATABASE]) as conn:
        due = [row["line_id"] for row in await conn.fetch(FIND_DUE)]
    lapse = partial(_lapse, app)
    await one_by_one(due, lapse, stuck="order.change_stuck", name="line_id")


async def _lapse(app: web.Application, line_id: UUID) -> None:
    async with transaction(app[DATABASE]) as conn:
        locked = await conn.fetchval(LOCK_ORDER, line_id)
        # A statement of its own: it sees what the lock's last holder committed.
        if locked is None or await conn.fetchval(IS_DUE, line_id) is None:
            return
        await give_up(conn, [line_id])
    _log.info("order.change_lapsed", line_id=str(line_id))

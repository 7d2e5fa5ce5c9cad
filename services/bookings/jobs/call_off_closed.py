"""Call off what closures meet: whole refunds, and everybody told once."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings.closures.calling_off import call_off
from services.bookings.closures.finding import (
    BEFORE_ALL,
    find_lines,
    find_undone,
    note_done,
    try_closure,
)
from services.bookings.closures.telling import tell_people
from services.bookings.one_by_one import in_batches, one_by_one
from shared.db import Database, acquire, transaction
from shared.http.keys import DATABASE

BATCH: Final = 200
# A run after a long pause leaves the rest to the next one.
MOST: Final = 20_000

_log: Final = structlog.get_logger()

# By their buyers, so that most of these have all of theirs in one batch.
FIND_ORDERS: Final = """
select order_id
from closed_lines
where closure_id = $1 and state = 'found'
group by order_id
order by min(account_id::text), order_id
limit $2
"""


async def call_off_closed(app: web.Application) -> None:
    """Call off the orders of every closure that says so, in batches, and note which are done.

    Whatever was committed stays done when a process is killed, and the next run goes on behind
    it: a line is called off by its state, a person told by a unique row. One process at a time
    works on a closure. An order that somebody is busy with, or that is broken, waits for the next
    run and keeps no other one waiting.
    """
    database = app[DATABASE]
    async with acquire(database) as conn:
        undone = await find_undone(conn)
    obey = partial(_obey, database)
    await one_by_one(undone, obey, stuck="closure.stuck", name="closure_id")


async def _obey(database: Database, closure_id: UUID) -> None:
    await _find_all(database, closure_id)
    async with acquire(database) as conn:
        orders = [row["order_id"] for row in await conn.fetch(FIND_ORDERS, closure_id, MOST)]
    do = partial(_call_off, database, closure_id)
    await in_batches(orders, BATCH, do, stuck="closure.order_stuck", name="order_id")
    # What was changed into the area while it was closed came after the first look.
    await _find_all(database, closure_id)
    async with transaction(database) as conn:
        if await try_closure(conn, closure_id) and await note_done(conn, closure_id):
            _log.info("closure.done", closure_id=str(closure_id))


async def _find_all(database: Database, closure_id: UUID) -> None:
    last: UUID | None = BEFORE_ALL
    while last is not None:
        async with transaction(database) as conn:
            if await try_closure(conn, closure_id) is None:
                return
            last = await find_lines(conn, closure_id, last)


async def _call_off(database: Database, closure_id: UUID, order_ids: Sequence[UUID]) -> None:
    async with transaction(database) as conn:
        closure = await try_closure(conn, closure_id)
        if closure is None:
            return
        done = await call_off(conn, closure, order_ids)
        await tell_people(conn, closure_id, order_ids)
    _log.info("closure.called_off", closure_id=str(closure_id), orders=done)

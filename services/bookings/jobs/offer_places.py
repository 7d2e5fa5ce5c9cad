"""Offer what came free to the waiting list, and see what became of earlier offers."""

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings.one_by_one import one_by_one
from services.bookings.waiting.rounds import offer_what_came_free
from services.bookings.waiting.waiting_list import (
    end_entries,
    find_outcome,
    note_outcome,
    wait_on,
)
from shared.db import Database, acquire, fetch_first, transaction
from shared.http.keys import DATABASE

_log: Final = structlog.get_logger()

FIND_DECIDED: Final = """
select entry.entry_id
from waitlist_entries as entry
join orders using (order_id)
where entry.state = 'offered' and orders.state <> 'held'
order by entry.place
"""

LOCK: Final = """
select order_id, keep_waiting
from waitlist_entries
where entry_id = $1 and state = 'offered'
for update
"""


@dataclass(frozen=True, slots=True)
class Offered:
    """An entry that holds an offer."""

    order_id: UUID
    keep_waiting: bool


async def offer_places(app: web.Application) -> None:
    """Settle the offers whose orders were paid, cancelled or expired, then offer what came free.

    Several processes may do so at once: each offer is settled once, under its entry's lock.
    """
    database = app[DATABASE]
    async with acquire(database) as conn:
        decided = [row["entry_id"] for row in await conn.fetch(FIND_DECIDED)]
    settle = partial(_settle, database)
    await one_by_one(decided, settle, stuck="waitlist.offer_stuck", name="entry_id")
    while await offer_what_came_free(app):
        pass


async def _settle(database: Database, entry_id: UUID) -> None:
    async with transaction(database) as conn:
        offered = await fetch_first(conn, Offered, LOCK, entry_id)
        # A statement of its own: it sees what the lock's last holder committed.
        outcome = await find_outcome(conn, offered.order_id) if offered else None
        if offered is None or outcome is None:
            return
        await note_outcome(conn, offered.order_id, outcome)
        if outcome == "taken":
            await end_entries(conn, [entry_id], outcome)
        else:
            await wait_on(conn, entry_id, outcome, keep_waiting=offered.keep_waiting)
    _log.info("waitlist.offer_decided", entry_id=str(entry_id), outcome=outcome)

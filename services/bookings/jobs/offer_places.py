"""Offer what came free to the waiting list, and see what became of earlier offers."""

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings.waiting.rounds import offer_what_came_free
from services.bookings.waiting.waiting_list import end_entries, note_outcome, wait_on
from shared.db import Database, acquire, fetch_first, retry, transaction
from shared.http.keys import DATABASE

_log: Final = structlog.get_logger()

FIND_DECIDED: Final = """
select entry.entry_id
from waitlist_entries as entry
join orders using (order_id)
where entry.ended_at is null and entry.state = 'offered' and orders.state <> 'held'
order by entry.place
"""

LOCK: Final = """
select 1 from waitlist_entries where entry_id = $1 and state = 'offered' for update
"""

# An order that was confirmed once was taken, whatever its visitor did with it afterwards.
READ_OUTCOME: Final = """
select
    entry.order_id, entry.keep_waiting,
    case
        when orders.confirmed_at is not null then 'taken'
        when orders.state = 'cancelled' then 'refused'
        else 'lapsed'
    end as outcome
from waitlist_entries as entry
join orders using (order_id)
where entry.entry_id = $1 and orders.state <> 'held'
"""


@dataclass(frozen=True, slots=True)
class Decided:
    """An offer of which it is known what became."""

    order_id: UUID
    keep_waiting: bool
    outcome: Literal["taken", "refused", "lapsed"]


async def offer_places(app: web.Application) -> None:
    """Settle the offers whose orders were paid, cancelled or expired, then offer what came free.

    Several processes may do so at once: each offer is settled once, under its entry's lock.
    """
    database = app[DATABASE]
    async with acquire(database) as conn:
        decided = [row["entry_id"] for row in await conn.fetch(FIND_DECIDED)]
    for entry_id in decided:
        await retry(partial(_settle, database, entry_id))
    while await offer_what_came_free(app):
        pass


async def _settle(database: Database, entry_id: UUID) -> None:
    async with transaction(database) as conn:
        if not await conn.fetchval(LOCK, entry_id):
            return
        # A statement of its own: it sees what the lock's last holder committed.
        offer = await fetch_first(conn, Decided, READ_OUTCOME, entry_id)
        if offer is None:
            return
        await note_outcome(conn, offer.order_id, offer.outcome)
        if offer.outcome == "taken":
            await end_entries(conn, [entry_id], "taken")
        else:
            await wait_on(conn, entry_id, offer.outcome, keep_waiting=offer.keep_waiting)
    _log.info("waitlist.offer_decided", entry_id=str(entry_id), outcome=offer.outcome)

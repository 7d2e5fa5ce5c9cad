"""End what nobody can wait for any more, and offer what came free without anybody's notice."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings.one_by_one import in_batches
from services.bookings.waiting.rounds import offer_what_fits
from services.bookings.waiting.waiting_list import end_entries, lock_entries
from shared.db import Database, acquire, transaction
from shared.http.keys import DATABASE

BATCH: Final = 100

FIND_PAST: Final = """
select distinct entry.entry_id, entry.place
from waitlist_wishes as wish
join waitlist_entries as entry using (entry_id)
where wish.registered and wish.bookable_until <= now()
order by entry.place
"""

CLOSE_WISHES: Final = """
with past as (
    update waitlist_wishes
    set registered = false
    where entry_id = any ($1::uuid[]) and registered and bookable_until <= now()
    returning pool_ids
)
select change_waiters(array_agg(pool_id), -1) from past, unnest(past.pool_ids) as pool_id
"""

# Who holds an offer still decides about it.
FIND_WITHOUT_WISHES: Final = """
select entry_id
from waitlist_entries as entry
where entry_id = any ($1::uuid[])
    and state = 'waiting'
    and not exists (
        select 1 from waitlist_wishes as wish where wish.entry_id = entry.entry_id and registered
    )
order by place
"""


async def end_waiting(app: web.Application) -> None:
    """Close wishes that can't be booked any more, and end entries that have no other.

    Then look once at everybody who waits: places may have come free in other ways than by a
    release.
    """
    database = app[DATABASE]
    async with acquire(database) as conn:
        past = [row["entry_id"] for row in await conn.fetch(FIND_PAST)]
    close = partial(_close, database)
    await in_batches(past, BATCH, close, stuck="waitlist.end_stuck", name="entry_id")
    place: int | None = 0
    while place is not None:
        place = await offer_what_fits(app, place)


async def _close(database: Database, entry_ids: Sequence[UUID]) -> None:
    async with transaction(database) as conn:
        locked = await lock_entries(conn, entry_ids)
        await conn.execute(CLOSE_WISHES, locked)
        over = [row["entry_id"] for row in await conn.fetch(FIND_WITHOUT_WISHES, locked)]
        await end_entries(conn, over, "too_late")

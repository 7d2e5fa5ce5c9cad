"""Plan wishes anew whose offering or slots have changed since: another table, another length."""

from functools import partial
from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings.engine.planning import plan_lines
from services.bookings.keys import REPLANNED_TO
from services.bookings.one_by_one import one_by_one
from services.bookings.waiting.parties import lock_parties
from services.bookings.waiting.wishes import replan_wishes_of
from shared.core.errors import ApiError
from shared.db import Database, acquire, transaction
from shared.http.keys import DATABASE

# So many entries a run: a long line is looked through in several.
MOST: Final = 1000

FIND_OUTDATED: Final = """
with part as (
    select place, entry_id
    from waitlist_entries
    where ended_at is null and place > $1
    order by place
    limit $2
)
select place, entry_id, exists (
    select 1
    from waitlist_wishes as wish
    join offerings on offerings.offering_id = wish.offering_id and offerings.on_sale
    join venues on venues.venue_id = offerings.venue_id and venues.on_sale
    where wish.entry_id = part.entry_id
        and wish.registered
        and wish.bookable_until > now()
        and (
            wish.edition <> offerings.edition
            or wish.slots_version <> (
                select sum(version) from slots where slot_id = any (wish.slot_ids)
            )
        )
    ) as is_outdated
from part
order by place
"""

# Not to be tried again before the next change; what was withdrawn just now is, when it returns.
NOTE_TRIED: Final = """
update waitlist_wishes as wish
set
    edition = offerings.edition,
    slots_version = (select sum(version) from slots where slot_id = any (wish.slot_ids))
from offerings
join venues on venues.venue_id = offerings.venue_id and venues.on_sale
where wish.entry_id = $1
    and wish.position = $2
    and offerings.offering_id = wish.offering_id
    and offerings.on_sale
"""


async def replan_wishes(app: web.Application) -> None:
    """Plan anew what the parties of changed offerings and slots wish for.

    A run goes on where the last one ended, and begins anew at the end of the line. What can't be
    planned as it is today is left as it was: it may change again tomorrow.
    """
    database, bookmark = app[DATABASE], app[REPLANNED_TO]
    async with acquire(database) as conn:
        part = await conn.fetch(FIND_OUTDATED, bookmark.place, MOST)
    outdated = [row["entry_id"] for row in part if row["is_outdated"]]
    replan = partial(_replan, database)
    await one_by_one(outdated, replan, stuck="waitlist.replanning_stuck", name="entry_id")
    bookmark.place = part[-1]["place"] if len(part) == MOST else 0


async def _replan(database: Database, entry_id: UUID) -> None:
    async with transaction(database) as conn:
        for party in await lock_parties(conn, [entry_id]):
            planned = {}
            for wish in party.wishes:
                wanted = party.wanted(wish)
                try:
                    [plan] = await plan_lines(conn, [wanted])
                except ApiError:
                    await conn.execute(NOTE_TRIED, entry_id, wish.position)
                else:
                    planned[wish.position] = wanted, plan
            await replan_wishes_of(conn, entry_id, planned)

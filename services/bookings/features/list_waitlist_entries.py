"""List what a visitor waits for, or waited for, newest first."""

from typing import Final

from aiohttp import web

from services.bookings.keys import CONTACT_SEALER
from services.bookings.waiting.views import EntryView, load_entries
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import CATALOGUE, DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class EntriesQuery(Query):
    """Which page of the entries; `limit` entries at most."""

    cursor: Cursor | None = None
    limit: Limit = 20


# One more than the page holds tells whether another page follows. UUIDv7 sorts by time.
FIND_PAGE: Final = """
select entry_id
from waitlist_entries
where account_id = $1 and ($2::uuid is null or entry_id < $2)
order by entry_id desc
limit $3 + 1
"""


@route("GET", "/v1/waitlist-entries", access=may("order.own"))
async def list_waitlist_entries(
    request: web.Request, caller: Caller, query: EntriesQuery
) -> Page[EntryView]:
    """List the caller's entries of the waiting list, also those that are over, newest first."""
    app = request.app
    before = position_of(query.cursor)
    async with acquire(app[DATABASE]) as conn:
        rows = await conn.fetch(FIND_PAGE, caller.person, before, query.limit)
        entry_ids = [row["entry_id"] for row in rows]
        entry_ids, following = page_of(entry_ids, query.limit, lambda entry_id: entry_id)
        entries = await load_entries(conn, app[CONTACT_SEALER], app[CATALOGUE], entry_ids)
    return Page(items=entries, next=following)

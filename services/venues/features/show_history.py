"""Show what happened to a listing: who changed or decided what, when."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field, JsonValue

from services.venues.history import Role, What
from services.venues.ownership import reads_always
from services.venues.paths import VenuePath
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import CATALOGUE, DATABASE
from shared.http.models import Page, Query, Reply
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class DifferenceView(Reply):
    """A field, what it was, and what it is; parts of objects are named as `terms/party_most`."""

    field: str
    before: JsonValue
    after: JsonValue


class HistoryEntryView(Reply):
    """Something that was done to a listing, and by whom: the account, and for whom it acted.

    What a program did names its API key in place of an account. `platform` is what happened by
    itself; it has neither.
    """

    entry_id: UUID
    what: What
    offering_id: UUID | None
    done_by: UUID | None
    done_by_key: UUID | None = None
    role: Role
    done_at: datetime
    changes: tuple[DifferenceView, ...]
    note: str | None
    proposal_id: UUID | None


class TitledEntryView(HistoryEntryView):
    """An entry as people read it: `title` says in a few words what was done."""

    title: LocalizedText


class HistoryQuery(Query):
    """Which page."""

    cursor: Cursor | None = None
    limit: Limit = 20
    offering: Annotated[UUID | None, Field(description="Only what is about this offering.")] = None


FIND_ORGANISATION: Final = "select organisation_id from venues where venue_id = $1"

LIST: Final = """
select
    entry_id, what, offering_id, done_by, done_by_key, role, done_at, changes, note, proposal_id
from venue_history
where
    venue_id = $1
    and ($2::uuid is null or entry_id < $2)
    and ($3::uuid is null or offering_id = $3)
order by entry_id desc
limit $4
"""


@route("GET", "/v1/venues/{venue_id}/history", access=may("venue.read"), errors=(NotFound,))
async def show_history(
    request: web.Request, caller: Caller, path: VenuePath, query: HistoryQuery
) -> Page[TitledEntryView]:
    """Show every edit, decision and proposal about a venue and its offerings, the latest first.

    Its organisation and the office see it.
    """
    after = position_of(query.cursor)
    async with acquire(request.app[DATABASE]) as conn:
        organisation_id = await conn.fetchval(FIND_ORGANISATION, path.venue_id)
        if organisation_id is None or not reads_always(caller, organisation_id, path.venue_id):
            raise NotFound
        found = await fetch_all(
            conn, HistoryEntryView, LIST, path.venue_id, after, query.offering, query.limit + 1
        )
    items, following = page_of(found, query.limit, lambda entry: entry.entry_id)
    texts = request.app[CATALOGUE]
    titled = [
        TitledEntryView(**dict(entry), title=texts.both(f"history.{entry.what}")) for entry in items
    ]
    return Page[TitledEntryView](items=titled, next=following)

"""What happened to a listing: an entry for each time somebody did something to it.

It is written in the transaction of what it tells of, and never rewritten.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from services.venues.domain.differences import Difference, differences
from services.venues.domain.life import Decision
from shared.db import Connection
from shared.http.access import Caller
from shared.http.keys import CLOCK, IDS

Role = Literal["operator", "office", "platform"]
What: TypeAlias = (
    Decision
    | Literal[
        "venue_created",
        "venue_changed",
        "offering_added",
        "offering_changed",
        "schedule_set",
        "change_proposed",
        "change_approved",
        "change_rejected",
        "change_withdrawn",
        "change_outdated",
        "photos_changed",
        "orders_touched",
        "taken_off_sale",
        "put_back_on_sale",
    ]
)

# What a view shows besides what people edit: its identity, and what follows from other things.
NOT_EDITED: Final = frozenset(
    {
        "venue_id",
        "organisation_id",
        "village_id",
        "offering_id",
        "offerings",
        "kinds",
        "photos",
        "rating",
        "price_from_fen",
        "on_sale",
        "held_back",
        "slots",
        "slots_until",
        "waits_for_year",
        "version",
    }
)

RECORD: Final = """
insert into venue_history (
    entry_id, venue_id, offering_id, what, done_by, done_by_key, role, done_at, changes, note,
    proposal_id
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


@dataclass(frozen=True, slots=True)
class Author:
    """Who did something, and for whom: an account, or an API key; the platform itself has none."""

    account_id: UUID | None
    role: Role
    key_id: UUID | None = None


PLATFORM: Final = Author(None, "platform")


def operator(caller: Caller) -> Author:
    """Return the caller as somebody of the venue's organisation, or as a program of it."""
    if caller.is_program:
        return Author(None, "operator", caller.session_id)
    return Author(caller.person, "operator")


def office(caller: Caller) -> Author:
    """Return the caller as somebody of the tourism office."""
    return Author(caller.person, "office")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that happened; `note` is the sentence that came with it."""

    what: What
    venue_id: UUID
    offering_id: UUID | None = None
    changes: Sequence[Difference] = ()
    note: str | None = None
    proposal_id: UUID | None = None


def edited(before: BaseModel | None, after: BaseModel) -> list[Difference]:
    """Return what an edit changed, by the views before (None: it was not there) and after it."""
    is_now = after.model_dump(mode="json", exclude=set(NOT_EDITED), by_alias=True)
    if before is None:
        return differences({}, {name: value for name, value in is_now.items() if value != []})
    return differences(
        before.model_dump(mode="json", exclude=set(NOT_EDITED), by_alias=True), is_now
    )


async def record(conn: Connection, app: web.Application, author: Author, entry: Entry) -> None:
    """Write an entry about a venue whose row this transaction holds."""
    await conn.execute(
        RECORD,
        app[IDS].new(),
        entry.venue_id,
        entry.offering_id,
        entry.what,
        author.account_id,
        author.key_id,
        author.role,
        app[CLOCK].now(),
        [{"field": one.field, "before": one.before, "after": one.after} for one in entry.changes],
        entry.note,
        entry.proposal_id,
    )


async def record_edit(
    conn: Connection,
    app: web.Application,
    author: Author,
    entry: Entry,
    *,
    before: BaseModel | None,
    after: BaseModel,
) -> None:
    """Write an entry with what differs between two views; nothing where nothing does."""
    if changes := edited(before, after):
        await record(conn, app, author, replace(entry, changes=changes))

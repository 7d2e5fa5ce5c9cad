"""List where one is signed in."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from services.accounts.domain.session_tokens import LIFE_DAYS
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query, Reply
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class ListSessions(Query):
    """Which page of the list."""

    cursor: Cursor | None = None
    limit: Limit = 50


class OwnSession(Reply):
    """A session: on what kind of device, since when, used last within 15 minutes of when."""

    session_id: UUID
    browser: str | None
    system: str | None
    has_second_factor: bool
    created_at: datetime
    last_used_at: datetime
    is_current: bool


LAST: Final = UUID(int=2**128 - 1)

# Ids grow with time: the newest comes first. Each renewal puts the end off to the same distance.
FIND: Final = """
    select
        id as session_id,
        browser,
        system,
        second_factor_at is not null as has_second_factor,
        created_at,
        expires_at - make_interval(days => $3) as last_used_at,
        id is not distinct from $2 as is_current
    from sessions
    where account_id = $1
        and id < $4
        and revoked_at is null
        and expires_at > clock_timestamp()
    order by id desc
    limit $5
"""


@route("GET", "/v1/me/sessions", access=may("account.own"))
async def list_sessions(
    request: web.Request, caller: Caller, query: ListSessions
) -> Page[OwnSession]:
    """List the caller's sessions, the newest first, and which of them this one is."""
    before = position_of(query.cursor) or LAST
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(
            conn,
            OwnSession,
            FIND,
            caller.account_id,
            caller.session_id,
            LIFE_DAYS,
            before,
            query.limit + 1,
        )
    items, following = page_of(found, query.limit, lambda one: one.session_id)
    return Page[OwnSession](items=items, next=following)

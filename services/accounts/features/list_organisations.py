"""List organisations: the office sees all, an operator their own."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.accounts.me import Membership
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class ListOrganisations(Query):
    """Which page of the list."""

    cursor: Cursor | None = None
    limit: Limit = 50


FIRST: Final = UUID(int=0)

# Ids grow with time: the oldest organisation comes first.
FIND: Final = """
    select organisation.id as organisation_id, organisation.name
    from organisations as organisation
    where organisation.id > $1
        and (
            $2
            or organisation.id = any($3::uuid[])
        )
    order by organisation.id
    limit $4
"""


@route("GET", "/v1/organisations", access=may("organisation.read"))
async def list_organisations(
    request: web.Request, caller: Caller, query: ListOrganisations
) -> Page[Membership]:
    """List the organisations that the caller may see, the oldest first.

    An API key sees the one that it was made for.
    """
    after = position_of(query.cursor) or FIRST
    own = caller.reach("organisation.read").organisations
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(
            conn, Membership, FIND, after, caller.is_office, own, query.limit + 1
        )
    items, following = page_of(found, query.limit, lambda one: one.organisation_id)
    return Page[Membership](items=items, next=following)

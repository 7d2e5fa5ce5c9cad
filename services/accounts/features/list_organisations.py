"""List organisations: the office sees all, an operator their own."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.accounts.me import Membership
from shared.db import acquire, fetch_all
from shared.http.access import OFFICE, OPERATOR, Caller, either
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, decode_cursor, encode_cursor
from shared.http.route import route
from shared.http.validation import invalid


class ListOrganisations(Query):
    """Which page of the list."""

    cursor: Cursor | None = None
    limit: Limit = 50


# Ids grow with time: the oldest organisation comes first.
FIND: Final = """
    select organisation.id as organisation_id, organisation.name
    from organisations as organisation
    where organisation.id > $1
        and (
            $2
            or exists (
                select from organisation_members
                where organisation_id = organisation.id and account_id = $3
            )
        )
    order by organisation.id
    limit $4
"""


@route("GET", "/v1/organisations", access=either(OFFICE, OPERATOR))
async def list_organisations(
    request: web.Request, caller: Caller, query: ListOrganisations
) -> Page[Membership]:
    """List the organisations that the caller may see, the oldest first."""
    after = _position(query.cursor)
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(
            conn, Membership, FIND, after, caller.is_office, caller.account_id, query.limit + 1
        )
    items = found[: query.limit]
    more = len(found) > query.limit
    cursor = encode_cursor({"after": str(items[-1].organisation_id)}) if more else None
    return Page[Membership](items=items, next=cursor)


def _position(cursor: str | None) -> UUID:
    if cursor is None:
        return UUID(int=0)
    try:
        return UUID(str(decode_cursor(cursor).get("after")))
    except ValueError:
        raise invalid("query", "/cursor", "cursor") from None

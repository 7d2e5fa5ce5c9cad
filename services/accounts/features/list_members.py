"""List who works for an organisation."""

from aiohttp import web

from services.accounts.keys import CONTACTS
from services.accounts.members import MemberView, OrganisationPath, check_manages, find_members
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class ListMembers(Query):
    """Which page of the list."""

    cursor: Cursor | None = None
    limit: Limit = 50


@route(
    "GET",
    "/v1/organisations/{organisation_id}/members",
    access=may("member.manage"),
    errors=(NotFound,),
)
async def list_members(
    request: web.Request, caller: Caller, path: OrganisationPath, query: ListMembers
) -> Page[MemberView]:
    """List who works for an organisation of the caller's, with masked names and addresses."""
    check_manages(caller, path.organisation_id)
    contacts = request.app[CONTACTS]
    async with acquire(request.app[DATABASE]) as conn:
        found = await find_members(
            conn, path.organisation_id, after=position_of(query.cursor), most=query.limit + 1
        )
    members, following = page_of(found, query.limit, lambda member: member.shown_id)
    return Page[MemberView](items=[member.view(contacts) for member in members], next=following)

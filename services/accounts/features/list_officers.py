"""List who works for the tourism office."""

from aiohttp import web

from services.accounts.keys import CONTACTS
from services.accounts.officers import OfficerView, find_officers
from shared.db import acquire
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class ListOfficers(Query):
    """Which page of the list."""

    cursor: Cursor | None = None
    limit: Limit = 50


@route("GET", "/v1/office-members", access=may("role.manage"))
async def list_officers(request: web.Request, query: ListOfficers) -> Page[OfficerView]:
    """List who works for the office, with masked names and addresses."""
    contacts = request.app[CONTACTS]
    async with acquire(request.app[DATABASE]) as conn:
        found = await find_officers(conn, after=position_of(query.cursor), most=query.limit + 1)
    officers, following = page_of(found, query.limit, lambda officer: officer.account_id)
    return Page[OfficerView](items=[officer.view(contacts) for officer in officers], next=following)

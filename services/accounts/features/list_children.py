"""Show a guardian the children that they keep here."""

from aiohttp import web

from services.accounts.children import ChildView, load_children
from services.accounts.keys import CONTACTS
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page
from shared.http.route import route


@route("GET", "/v1/me/children", access=may("account.own"))
async def list_children(request: web.Request, caller: Caller) -> Page[ChildView]:
    """List the caller's children; there are ten at most."""
    async with acquire(request.app[DATABASE]) as conn:
        children = await load_children(conn, request.app[CONTACTS], caller.person)
    return Page[ChildView](items=list(children))

"""Look at one's own account."""

from aiohttp import web

from services.accounts.keys import CONTACTS
from services.accounts.me import MeView, read_me
from shared.core.errors import NotFound
from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import DATABASE
from shared.http.route import route


@route("GET", "/v1/me", access=may("account.own"), errors=(NotFound,))
async def show_me(request: web.Request, caller: Caller) -> Versioned[MeView]:
    """Show the caller's own account: name, addresses, language, roles, organisations."""
    async with acquire(request.app[DATABASE]) as conn:
        return await read_me(conn, request.app[CONTACTS], caller.account_id)

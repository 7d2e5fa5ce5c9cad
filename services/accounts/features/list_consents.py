"""Show a person what they agreed to."""

from typing import Final

from aiohttp import web

from services.accounts.consents import ConsentView
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page
from shared.http.route import route

# Nobody changes their mind more often than that; the export has all.
FIND: Final = """
    select consent_id, text, version, given, recorded_at
    from consents
    where account_id = $1
    order by position desc
    limit 100
"""


@route("GET", "/v1/me/consents", access=may("account.own"))
async def list_consents(request: web.Request, caller: Caller) -> Page[ConsentView]:
    """List the caller's consents and withdrawals, the latest first: of each text it counts."""
    async with acquire(request.app[DATABASE]) as conn:
        return Page[ConsentView](items=await fetch_all(conn, ConsentView, FIND, caller.person))

"""Sign out."""

from typing import Final

from aiohttp import web

from shared.db import acquire
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.route import route

END: Final = """
    update sessions
    set revoked_at = clock_timestamp(), revoked_because = 'signed_out'
    where id = $1 and account_id = $2 and revoked_at is null
"""


@route("DELETE", "/v1/sessions/current", access=may("account.own"))
async def end_session(request: web.Request, caller: Caller) -> None:
    """Sign out: the session's token is worthless from now on.

    Access tokens that are out already run on to their end, 15 minutes at most. Signing out twice
    is no error.
    """
    async with acquire(request.app[DATABASE]) as conn:
        await conn.execute(END, caller.session_id, caller.account_id)

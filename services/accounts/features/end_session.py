"""Sign out."""

from aiohttp import web

from services.accounts import revocations
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE, VERIFIER
from shared.http.route import route


@route("DELETE", "/v1/sessions/current", access=may("account.own"))
async def end_session(request: web.Request, caller: Caller) -> None:
    """Sign out: the session's token is worthless from now on, and so are its access tokens.

    The other services hear of it within seconds.
    """
    async with transaction(request.app[DATABASE]) as conn:
        await revocations.end_session(conn, caller.session_id, caller.account_id, "signed_out")
    await request.app[VERIFIER].revocations.refresh()

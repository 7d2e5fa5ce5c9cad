"""Sign out everywhere else."""

from aiohttp import web

from services.accounts.locks import lock_account
from services.accounts.revocations import end_sessions
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE, VERIFIER
from shared.http.route import route


@route("DELETE", "/v1/me/other-sessions", access=may("account.own"))
async def end_other_sessions(request: web.Request, caller: Caller) -> None:
    """End all of the caller's sessions but this one; the services hear of it within seconds."""
    async with transaction(request.app[DATABASE]) as conn:
        # A session that is just being replaced by one with a second factor ends, too.
        await lock_account(conn, caller.person)
        await end_sessions(conn, caller.person, "ended_elsewhere", but=caller.session_id)
    await request.app[VERIFIER].revocations.refresh()

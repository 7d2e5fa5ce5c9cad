"""Sign out on another device."""

from uuid import UUID

from aiohttp import web

from services.accounts.revocations import end_session
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE, VERIFIER
from shared.http.models import Path
from shared.http.route import route


class SessionPath(Path):
    """Which session."""

    session_id: UUID


@route("DELETE", "/v1/me/sessions/{session_id}", access=may("account.own"), errors=(NotFound,))
async def end_my_session(request: web.Request, caller: Caller, path: SessionPath) -> None:
    """End one of the caller's sessions, with its tokens; the services hear of it within seconds."""
    async with transaction(request.app[DATABASE]) as conn:
        if not await end_session(conn, path.session_id, caller.account_id, "ended_elsewhere"):
            raise NotFound
    await request.app[VERIFIER].revocations.refresh()

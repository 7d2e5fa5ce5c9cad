"""`/me/security`: second factors, passkeys, and where one is signed in."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from aiohttp import web

from services.web.browser.session import viewer_of
from services.web.domain.local_path import local_path
from services.web.enrolling import HERE, show_codes
from services.web.keys import FORM, SECURITY
from services.web.paths import read_id
from services.web.rendering.answers import go_to, page
from shared.http.client import ProblemAnswer

NOT_FOUND: Final = 404
CONFLICT: Final = 409


async def show(request: web.Request) -> web.Response:
    """Show it all."""
    viewer = viewer_of(request)
    security = request.app[SECURITY]
    factors, sessions = await asyncio.gather(security.factors(viewer), security.sessions(viewer))
    context = {"factors": factors, "sessions": sessions}
    return page(request, "security.html", context)


async def set_up(request: web.Request) -> web.Response:
    """Show the ways to a first second factor, to whom their work asks for one."""
    viewer_of(request)
    return page(request, "security_setup.html", {"back": local_path(request.query.get("next"))})


async def end_session(request: web.Request) -> web.Response:
    """Sign out on another device."""
    session_id = read_id(request[FORM].get("session_id", ""))
    ending = request.app[SECURITY].end_session(viewer_of(request), session_id)
    return await _removed(ending, "session_ended")


async def end_other_sessions(request: web.Request) -> web.Response:
    """Sign out everywhere else."""
    await request.app[SECURITY].end_other_sessions(viewer_of(request))
    return go_to(HERE, said="sessions_ended")


async def new_recovery_codes(request: web.Request) -> web.Response:
    """Make new recovery codes, and show them once."""
    try:
        codes = await request.app[SECURITY].new_recovery_codes(viewer_of(request))
    except ProblemAnswer as problem:
        # The last second factor was removed since the page was opened.
        if problem.status != CONFLICT:
            raise
        return go_to(HERE, said="changed_meanwhile")
    return show_codes(request, codes, HERE)


async def remove_passkey(request: web.Request) -> web.Response:
    """Remove a passkey."""
    passkey_id = read_id(request[FORM].get("passkey_id", ""))
    removing = request.app[SECURITY].remove_passkey(viewer_of(request), passkey_id)
    return await _removed(removing, "removed_passkey")


async def remove_authenticator(request: web.Request) -> web.Response:
    """Remove the authenticator app."""
    removing = request.app[SECURITY].remove_authenticator(viewer_of(request))
    return await _removed(removing, "removed_authenticator")


async def _removed(removing: Awaitable[None], said: str) -> web.Response:
    try:
        await removing
    except ProblemAnswer as problem:
        # It has gone meanwhile, which is what was wanted.
        if problem.status != NOT_FOUND:
            raise
    return go_to(HERE, said=said)

"""Ending a session at accounts, and not only in this browser."""

from typing import Final

import structlog
from aiohttp import web

from services.web.browser.visitor_headers import visitor_headers
from services.web.domain.viewer import Viewer
from services.web.keys import ACCOUNTS
from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer

UNAUTHORISED: Final = 401

_log = structlog.get_logger()


async def end_for_good(request: web.Request, viewer: Viewer) -> bool:
    """End a session that the browser forgets; tell whether it is over.

    An access token that was refused before its time says nothing about its session, which is
    renewed and ended then. While accounts is away the session lives on.
    """
    accounts = request.app[ACCOUNTS]
    try:
        try:
            await accounts.sign_out(viewer)
        except ProblemAnswer as problem:
            if problem.status != UNAUTHORISED:
                raise
            renewed = await accounts.renew(viewer.session_token, visitor_headers(request))
            await accounts.sign_out(renewed)
    except ProblemAnswer as problem:
        _log.info("session.not_ended", code=problem.code)
        return problem.status == UNAUTHORISED
    except Unavailable:
        _log.info("session.not_ended", code="unavailable")
        return False
    return True

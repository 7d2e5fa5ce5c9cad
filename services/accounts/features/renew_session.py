"""Exchange a session token for a new one, and for a new access token."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import Field

from services.accounts.domain.session_tokens import Verdict, hash_token, judge
from services.accounts.keys import SESSION_TOKENS
from services.accounts.revocations import end_session
from services.accounts.sessions import Session, SessionView, add_token, issue
from shared.core.errors import NotSignedIn
from shared.db import Connection, fetch_first, fetch_one, transaction
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.models import Body
from shared.http.route import route


class RenewSession(Body):
    """The session's latest token."""

    session_token: Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class Live:
    """A session that is neither over nor revoked."""

    id: UUID
    account_id: UUID


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a token."""

    salt: bytes
    replaced_since: timedelta | None


# Before the session: services/accounts/locks.py.
LOCK_ACCOUNT: Final = """
    select account.id
    from accounts as account
    where account.id = (
            select session.account_id
            from session_tokens as token
            join sessions as session on session.id = token.session_id
            where token.token_hash = $1
        )
        and account.deactivated_at is null
    for no key update
"""
# Renewals of one session wait here for each other.
LOCK_SESSION: Final = """
    select session.id, session.account_id
    from sessions as session
    where session.id = (select session_id from session_tokens where token_hash = $1)
        and session.revoked_at is null
        and session.expires_at > clock_timestamp()
    for no key update
"""
# A statement of its own, after the lock: it sees what the renewal before this one did.
FIND_KEPT: Final = """
    select salt, clock_timestamp() - replaced_at as replaced_since
    from session_tokens
    where token_hash = $1
"""
REPLACE: Final = """
    update session_tokens set replaced_at = clock_timestamp() where token_hash = $1
"""

_log: Final = structlog.get_logger()


@route("POST", "/v1/sessions/renewals", access=may("sign_in"), status=201, errors=(NotSignedIn,))
async def renew_session(request: web.Request, body: RenewSession) -> SessionView:
    """Exchange a session token for a new one; the session is good for 30 days from now again.

    For 20 seconds the old token still leads to the same new one, because two tabs renew at once
    and replies get lost. A token that comes back later than that is in two hands: the session
    ends for both.
    """
    async with transaction(request.app[DATABASE]) as conn:
        # A reused token returns, so that the end of its session is committed.
        view = await _renew(conn, request.app, body.session_token)
    if view is None:
        raise NotSignedIn
    return view


async def _renew(conn: Connection, app: web.Application, token: str) -> SessionView | None:
    if await conn.fetchval(LOCK_ACCOUNT, hash_token(token)) is None:
        return None
    live = await fetch_first(conn, Live, LOCK_SESSION, hash_token(token))
    if live is None:
        return None
    kept = await fetch_one(conn, Kept, FIND_KEPT, hash_token(token))
    verdict = judge(kept.replaced_since)
    if verdict is Verdict.REUSED:
        await end_session(conn, live.id, live.account_id, "token_reused")
        _log.warning("session.token_reused", session_id=str(live.id))
        return None
    if verdict is Verdict.CURRENT:
        session = Session(live.id, live.account_id, app[SESSION_TOKENS].next(token, kept.salt))
        await conn.execute(REPLACE, hash_token(token))
        await add_token(conn, session)
    else:
        session = Session(live.id, live.account_id, await _latest(conn, app, token, kept))
    return await issue(conn, app, session)


async def _latest(conn: Connection, app: web.Application, token: str, kept: Kept) -> str:
    """Follow a token that was just replaced to the one that is current now."""
    while kept.replaced_since is not None:
        token = app[SESSION_TOKENS].next(token, kept.salt)
        kept = await fetch_one(conn, Kept, FIND_KEPT, hash_token(token))
    return token

"""How a session is made: at sign-in, or anew when a second factor was shown."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import hdrs, web

from services.accounts.domain.devices import device_of
from services.accounts.domain.second_factors import Method
from services.accounts.domain.session_tokens import LIFE_DAYS
from services.accounts.errors import AccountDeactivated
from services.accounts.keys import SESSION_TOKENS
from services.accounts.sessions import Session, SessionView, add_token, issue
from shared.core.errors import NotSignedIn
from shared.db import Connection
from shared.http.access import Caller
from shared.http.keys import IDS


@dataclass(frozen=True, slots=True)
class Shown:
    """By what a person has shown who they are; a passkey is two factors in one."""

    method: Method
    both_factors: bool = False


# Locks the account, which is what keeps its events in order.
IS_ACTIVE: Final = """
    select deactivated_at is null as active from accounts where id = $1 for no key update
"""
OPEN_SESSION: Final = """
    insert into sessions (
        id, account_id, expires_at, methods, second_factor_at, browser, system
    )
    values (
        $1,
        $2,
        now() + make_interval(days => $3),
        array[$4],
        case when $5 then clock_timestamp() end,
        $6,
        $7
    )
"""
# Whoever upgrades the same session at the same time waits, and finds it replaced.
REPLACE_SESSION: Final = """
    with replaced as (
        update sessions
        set revoked_at = clock_timestamp(), revoked_because = 'replaced'
        where id = $1
            and account_id = $2
            and revoked_at is null
            and expires_at > clock_timestamp()
        returning id, methods, browser, system
    ),
    revoked as (
        insert into revocations (session_id) select id from replaced
    )
    insert into sessions (
        id, account_id, expires_at, methods, second_factor_at, browser, system
    )
    select
        $3,
        $2,
        now() + make_interval(days => $4),
        array_remove(methods, $5) || $5,
        clock_timestamp(),
        browser,
        system
    from replaced
    returning id
"""


async def lock_active(conn: Connection, account_id: UUID) -> bool:
    """Lock an account, and tell whether it is open."""
    return bool(await conn.fetchval(IS_ACTIVE, account_id))


async def require_active(conn: Connection, account_id: UUID) -> None:
    """Lock an account. Raises AccountDeactivated for one that is closed."""
    if not await lock_active(conn, account_id):
        raise AccountDeactivated


async def open_session(
    conn: Connection, request: web.Request, account_id: UUID, shown: Shown
) -> SessionView:
    """Begin a session for somebody who has shown who they are."""
    app = request.app
    device = device_of(request.headers.get(hdrs.USER_AGENT))
    session = Session(app[IDS].new(), account_id, app[SESSION_TOKENS].first())
    await conn.execute(
        OPEN_SESSION,
        session.session_id,
        account_id,
        LIFE_DAYS,
        shown.method,
        shown.both_factors,
        device.browser,
        device.system,
    )
    await add_token(conn, session)
    return await issue(conn, app, session)


async def upgrade_session(
    conn: Connection, request: web.Request, caller: Caller, method: Method
) -> SessionView:
    """Replace the caller's session by one with a second factor; the old one's tokens end.

    Raises NotSignedIn for a session that is over.
    """
    app = request.app
    session = Session(app[IDS].new(), caller.person, app[SESSION_TOKENS].first())
    replaced = await conn.fetchval(
        REPLACE_SESSION,
        caller.session_id,
        session.account_id,
        session.session_id,
        LIFE_DAYS,
        method,
    )
    if replaced is None:
        raise NotSignedIn
    await add_token(conn, session)
    return await issue(conn, app, session)

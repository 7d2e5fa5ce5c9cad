"""Access tokens that end before their time: of a session, or of all that an account has.

`revoke_tokens` is for whoever takes rights away (a role, a membership, the account): every access
token of the account that was issued before is refused everywhere within seconds, while its
sessions live on and get new ones. Sessions end with `end_sessions` or `end_session`.
"""

from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from aiohttp import web

from services.accounts.token_signer import PERSON_TOKEN_LIFE
from shared.db import Connection, acquire, fetch_all
from shared.http.keys import DATABASE
from shared.http.revocations import RevocationList, RevokedSession, RevokedTokens

EndedBecause = Literal["signed_out", "token_reused", "ended_elsewhere", "replaced", "deactivated"]

# Two minutes more than a token lives: services' clocks differ.
KEPT: Final = PERSON_TOKEN_LIFE + timedelta(minutes=2)

# A token carries the generation that was read before its grants were: a token of the generation
# that counts can only have grants as they are after the change, whatever ran at the same time.
REVOKE_TOKENS: Final = """
    with next_generation as (
        update accounts
        set token_generation = token_generation + 1
        where id = $1
        returning id, token_generation
    )
    insert into revocations (account_id, generation)
    select id, token_generation from next_generation
"""
REVOKE_ONE: Final = "insert into revocations (session_id) values ($1)"
END: Final = """
    with ended as (
        update sessions
        set revoked_at = clock_timestamp(), revoked_because = $3
        where id = $1 and account_id = $2 and revoked_at is null
        returning id
    )
    insert into revocations (session_id)
    select id from ended
    returning session_id
"""
END_ALL: Final = """
    with ended as (
        update sessions
        set revoked_at = clock_timestamp(), revoked_because = $3
        where account_id = $1
            and id is distinct from $2
            and revoked_at is null
            and expires_at > clock_timestamp()
        returning id
    )
    insert into revocations (session_id)
    select id from ended
"""

FIND_SESSIONS: Final = """
    select session_id, revoked_at
    from revocations
    where session_id is not null and revoked_at > now() - $1::interval
    order by id
"""
FIND_ACCOUNTS: Final = """
    select account_id, max(generation) as generation, max(revoked_at) as revoked_at
    from revocations
    where account_id is not null and revoked_at > now() - $1::interval
    group by account_id
    order by account_id
"""


async def revoke_tokens(conn: Connection, account_id: UUID) -> None:
    """End all access tokens of an account that were issued before; its sessions live on.

    Goes into the transaction that takes the rights away.
    """
    await conn.execute(REVOKE_TOKENS, account_id)


async def revoke_session_tokens(conn: Connection, session_id: UUID) -> None:
    """End the access tokens of what is no session but has tokens: an API key, by its id."""
    await conn.execute(REVOKE_ONE, session_id)


async def end_session(
    conn: Connection, session_id: UUID | None, account_id: UUID | None, because: EndedBecause
) -> bool:
    """End one session of an account, and its access tokens; tell whether it was a live one."""
    return await conn.fetchval(END, session_id, account_id, because) is not None


async def end_sessions(
    conn: Connection, account_id: UUID, because: EndedBecause, *, but: UUID | None = None
) -> None:
    """End all sessions of an account, perhaps but one, and their access tokens."""
    await conn.execute(END_ALL, account_id, but, because)


async def read_revocations(app: web.Application) -> RevocationList:
    """Return what was revoked within the life of an access token."""
    async with acquire(app[DATABASE]) as conn:
        sessions = await fetch_all(conn, RevokedSession, FIND_SESSIONS, KEPT)
        accounts = await fetch_all(conn, RevokedTokens, FIND_ACCOUNTS, KEPT)
    return RevocationList(sessions=sessions, accounts=accounts)

"""Forget sessions that are over, and tokens that were replaced long ago."""

from typing import Final

from aiohttp import web

from services.accounts.domain.session_tokens import LIFE_DAYS
from services.accounts.revocations import KEPT
from shared.db import acquire, delete_in_chunks
from shared.http.keys import DATABASE

# What ended stays for a day, for whoever asks why they were signed out.
DELETE_SESSIONS: Final = """
    delete from sessions
    where id in (
        select id
        from sessions
        where expires_at < now() - interval '1 day' or revoked_at < now() - interval '1 day'
        limit 1000
    )
"""
# Its own thirty days are over: it would be refused, reused or not.
DELETE_TOKENS: Final = """
    delete from session_tokens
    where token_hash in (
        select token_hash
        from session_tokens
        where replaced_at < now() - make_interval(days => $1)
        limit 1000
    )
"""
# The last access token that they mean has expired.
DELETE_REVOCATIONS: Final = """
    delete from revocations
    where id in (select id from revocations where revoked_at < now() - $1::interval limit 1000)
"""
DELETE_CHALLENGES: Final = """
    delete from passkey_challenges
    where id in (select id from passkey_challenges where expires_at < now() limit 1000)
"""
# An authenticator that was never confirmed; one in use keeps its own secret.
DELETE_UNCONFIRMED: Final = """
    delete from authenticators
    where account_id in (
        select account_id
        from authenticators
        where secret is null and pending_until < now()
        limit 1000
    )
        and secret is null and pending_until < now()
"""
FORGET_PENDING: Final = """
    update authenticators
    set pending_secret = null, pending_until = null
    where secret is not null and pending_until < now()
"""


async def delete_ended_sessions(app: web.Application) -> None:
    """Delete sessions that ended over a day ago, and tokens that were replaced 30 days ago.

    Revocations, challenges of passkeys and secrets of authenticators that nobody confirmed go when
    nothing refers to them any more.
    """
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, DELETE_SESSIONS)
        await delete_in_chunks(conn, DELETE_TOKENS, LIFE_DAYS)
        await delete_in_chunks(conn, DELETE_REVOCATIONS, KEPT)
        await delete_in_chunks(conn, DELETE_CHALLENGES)
        await delete_in_chunks(conn, DELETE_UNCONFIRMED)
        await conn.execute(FORGET_PENDING)

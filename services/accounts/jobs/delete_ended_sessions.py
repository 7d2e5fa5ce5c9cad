"""Forget sessions that are over, and tokens that were replaced long ago."""

from typing import Final

from aiohttp import web

from services.accounts.domain.session_tokens import LIFE_DAYS
from shared.db import transaction
from shared.http.keys import DATABASE

# What ended stays for a day, for whoever asks why they were signed out.
DELETE_SESSIONS: Final = """
    delete from sessions
    where expires_at < now() - interval '1 day' or revoked_at < now() - interval '1 day'
"""
# Its own thirty days are over: it would be refused, reused or not.
DELETE_TOKENS: Final = """
    delete from session_tokens where replaced_at < now() - make_interval(days => $1)
"""


async def delete_ended_sessions(app: web.Application) -> None:
    """Delete sessions that ended over a day ago, and tokens that were replaced 30 days ago."""
    async with transaction(app[DATABASE]) as conn:
        await conn.execute(DELETE_SESSIONS)
        await conn.execute(DELETE_TOKENS, LIFE_DAYS)

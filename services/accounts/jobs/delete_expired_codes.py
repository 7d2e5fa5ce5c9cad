"""Forget one-time codes that nobody can use any more."""

from typing import Final

from aiohttp import web

from shared.db import transaction
from shared.http.keys import DATABASE

# A row also counts the day's sends, so it stays until that day is over.
DELETE: Final = """
    delete from login_codes
    where window_started_at < now() - interval '1 day' and expires_at < now()
"""


async def delete_expired_codes(app: web.Application) -> None:
    """Delete the codes whose life and whose day of counted sends are over."""
    async with transaction(app[DATABASE]) as conn:
        await conn.execute(DELETE)

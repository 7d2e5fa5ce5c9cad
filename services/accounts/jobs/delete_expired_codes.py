"""Forget one-time codes that nobody can use any more, and how many were sent a day ago."""

from typing import Final

from aiohttp import web

from shared.db import acquire, delete_in_chunks
from shared.http.keys import DATABASE

DELETE_CODES: Final = """
    delete from login_codes
    where id in (select id from login_codes where expires_at < now() limit 1000)
"""
# Somebody may be asking at this moment: a row that is locked is in use, and stays.
DELETE_SENDS: Final = """
    delete from login_code_sends
    where (contact_index, purpose) in (
        select contact_index, purpose
        from login_code_sends
        where window_started_at < now() - interval '1 day'
            and next_send_at < now() - interval '5 minutes'
        limit 1000
        for update skip locked
    )
"""


async def delete_expired_codes(app: web.Application) -> None:
    """Delete the codes whose life is over, and the counts whose day is over."""
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, DELETE_CODES)
        await delete_in_chunks(conn, DELETE_SENDS)

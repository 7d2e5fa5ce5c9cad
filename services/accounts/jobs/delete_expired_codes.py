"""Forget one-time codes that nobody can use any more, and what was counted of earlier ones."""

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
# The day before stays for whoever looks at what happened at night.
DELETE_TEXTS: Final = """
    delete from text_message_sends
    where (day, network_index) in (
        select day, network_index
        from text_message_sends
        where day < (now() at time zone 'Asia/Shanghai')::date - 1
        limit 1000
    )
"""
DELETE_WRONG: Final = """
    delete from wrong_codes
    where contact_index in (
        select contact_index
        from wrong_codes
        where window_started_at < now() - interval '7 days'
        limit 1000
    )
"""


async def delete_expired_codes(app: web.Application) -> None:
    """Delete the codes whose life is over, and the counts whose day or week is over."""
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, DELETE_CODES)
        await delete_in_chunks(conn, DELETE_SENDS)
        await delete_in_chunks(conn, DELETE_TEXTS)
        await delete_in_chunks(conn, DELETE_WRONG)

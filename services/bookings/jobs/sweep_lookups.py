"""Sweep away what was looked for, by codes and by phone digits, once its hour is over."""

from typing import Final

from aiohttp import web

from shared.db import acquire, delete_in_chunks
from shared.http.keys import DATABASE

SWEEP_CODES: Final = """
delete from order_lookups
where (code, address) in (
    select code, address
    from order_lookups
    where window_started_at <= now() - interval '1 hour'
    limit 1000
)
"""
SWEEP_PHONES: Final = """
delete from phone_searches
where (venue_id, account_id) in (
    select venue_id, account_id
    from phone_searches
    where window_started_at <= now() - interval '1 hour'
    limit 1000
)
"""


async def sweep_lookups(app: web.Application) -> None:
    """Delete the counts of tries whose hour is over; nobody asks for them any more."""
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, SWEEP_CODES)
        await delete_in_chunks(conn, SWEEP_PHONES)

"""Sweep away which codes were looked up, once their hour is over."""

from typing import Final

from aiohttp import web

from shared.db import acquire, delete_in_chunks
from shared.http.keys import DATABASE

SWEEP: Final = """
delete from order_lookups
where (code, address) in (
    select code, address
    from order_lookups
    where window_started_at <= now() - interval '1 hour'
    limit 1000
)
"""


async def sweep_lookups(app: web.Application) -> None:
    """Delete the counts of tries whose hour is over; nobody asks for them any more."""
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, SWEEP)

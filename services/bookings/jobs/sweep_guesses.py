"""Sweep away what was guessed in vain, once its hour is over."""

from typing import Final

from aiohttp import web

from shared.db import acquire, delete_in_chunks
from shared.http.keys import DATABASE

SWEEP_GUESSES: Final = """
delete from guesses
where (secret, about, by) in (
    select secret, about, by
    from guesses
    where window_started_at <= now() - interval '1 hour'
    limit 1000
)
"""


async def sweep_guesses(app: web.Application) -> None:
    """Delete the counts of tries whose hour is over; nobody asks for them any more."""
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, SWEEP_GUESSES)

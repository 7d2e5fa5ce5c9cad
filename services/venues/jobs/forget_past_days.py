"""Forget what was left of days that are over."""

from typing import Final

from aiohttp import web

from shared.core.clock import local_day
from shared.db import acquire, delete_in_chunks
from shared.http.keys import CLOCK, DATABASE

# A day longer than anybody asks for them: a night of yesterday can still be going on.
FORGET_PLACES: Final = """
delete from place_projections
where (subject_id, day, option) in (
    select subject_id, day, option from place_projections where day < $1::date - 1 limit 5000
)
"""

FORGET_ROOM: Final = """
delete from offering_days
where (offering_id, day) in (
    select offering_id, day from offering_days where day < $1::date - 1 limit 5000
)
"""


async def forget_past_days(app: web.Application) -> None:
    """Delete projections of past days; nobody can look for places there any more."""
    today = local_day(app[CLOCK].now())
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, FORGET_PLACES, today)
        await delete_in_chunks(conn, FORGET_ROOM, today)

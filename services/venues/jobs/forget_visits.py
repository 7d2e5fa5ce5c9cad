"""Forget who came where, once nobody can review it any more."""

from datetime import timedelta
from typing import Final

from aiohttp import web

from services.venues.domain.reviewing import VISITS_KEPT_DAYS
from shared.core.clock import local_day
from shared.db import acquire, delete_in_chunks
from shared.http.keys import CLOCK, DATABASE

FORGET: Final = """
with old as (
    select line_id
    from visits
    where day < $1
    limit 1000
),
tickets as (
    delete from visit_tickets using old where visit_tickets.line_id = old.line_id
)
delete from visits using old where visits.line_id = old.line_id
"""


async def forget_visits(app: web.Application) -> None:
    """Delete visits of more than 120 days ago; reviews stay."""
    first = local_day(app[CLOCK].now()) - timedelta(days=VISITS_KEPT_DAYS)
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, FORGET, first)

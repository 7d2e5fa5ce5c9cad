"""Make the slots of days that have come within the horizon since their schedule was set."""

from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.venues.domain.slot_times import horizon
from services.venues.ownership import lock_venue
from services.venues.slots import fit_slots
from shared.core.clock import local_day
from shared.db import acquire, transaction
from shared.http.keys import CLOCK, DATABASE

BEHIND: Final = """
select distinct o.venue_id
from schedules s
join offerings o using (offering_id)
where coalesce(s.slots_until, s.first_day - 1) < least(s.last_day, $1::date)
"""

OFFERINGS: Final = """
select offering_id
from schedules
join offerings using (offering_id)
where venue_id = $1
"""

_log: Final = structlog.get_logger()


async def make_coming_slots(app: web.Application) -> None:
    """Fit the slots of every venue with a schedule that reaches beyond its slots.

    One transaction for each venue, so that a long list holds no lock for long; a venue that
    another process serves at the same time just has nothing left to do.
    """
    now = app[CLOCK].now()
    async with acquire(app[DATABASE]) as conn:
        rows = await conn.fetch(BEHIND, horizon(local_day(now)))
    for row in rows:
        venue_id: UUID = row["venue_id"]
        async with transaction(app[DATABASE]) as conn:
            venue = await lock_venue(conn, venue_id)
            offerings = await conn.fetch(OFFERINGS, venue_id)
            await fit_slots(conn, venue, [offering["offering_id"] for offering in offerings], now)
    if rows:
        _log.info("slots.made", venues=len(rows))

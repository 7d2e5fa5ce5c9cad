"""Make the slots of days that have come within the horizon, or whose year has become known."""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.venues.ownership import lock_venue
from services.venues.slot_plans import find_calendar, settled_until
from services.venues.slots import fit_slots
from shared.core.clock import local_day
from shared.core.errors import Unavailable
from shared.db import acquire, retry, transaction
from shared.http.keys import CLOCK, DATABASE

# $1 the last day that slots are made for, $2 the versions of all years together: rules that ask
# what kind of day it is are read again when a year was corrected.
BEHIND: Final = """
select distinct o.venue_id
from schedules s
join offerings o using (offering_id)
where
    coalesce(s.slots_until, s.first_day - 1) < least(s.last_day, $1::date)
    or (s.reads_day_types and s.calendar_mark <> $2)
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
    another process serves at the same time just has nothing left to do. A venue that fails stops
    no other one. Raises ExceptionGroup where some failed, Unavailable where the database is away.
    """
    now = app[CLOCK].now()
    async with acquire(app[DATABASE]) as conn:
        calendar = await find_calendar(conn, now)
        settled = settled_until(calendar, local_day(now))
        rows = await conn.fetch(BEHIND, settled, calendar.mark)
    failures: list[Exception] = []
    for row in rows:
        venue_id: UUID = row["venue_id"]
        try:
            await retry(partial(_make, app, venue_id, now))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one venue's fault is none of the others'
            _log.error("slots.not_made", venue_id=str(venue_id), reason=type(error).__name__)
            failures.append(error)
    if rows:
        _log.info("slots.made", venues=len(rows) - len(failures))
    if failures:
        raise ExceptionGroup("some venues got no new slots", failures)


async def _make(app: web.Application, venue_id: UUID, now: datetime) -> None:
    async with transaction(app[DATABASE]) as conn:
        venue = await lock_venue(conn, venue_id)
        offerings = await conn.fetch(OFFERINGS, venue_id)
        await fit_slots(conn, venue, [offering["offering_id"] for offering in offerings], now)

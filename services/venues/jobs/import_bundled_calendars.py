"""Take over the years that come with the service, where the database does not have them yet."""

import asyncio
from typing import Final

import structlog
from aiohttp import web

from services.venues.bundled_calendars import read_bundled_years
from services.venues.calendar_writing import begin_year, publish_year
from shared.db import transaction
from shared.http.keys import DATABASE, IDS

_log: Final = structlog.get_logger()


async def import_bundled_calendars(app: web.Application) -> None:
    """Publish each bundled year that nobody published before.

    A year that is there stays as it is: the office may have corrected it.
    """
    for bundled in await asyncio.to_thread(read_bundled_years):
        async with transaction(app[DATABASE]) as conn:
            calendar_id = app[IDS].new()
            if not await begin_year(conn, calendar_id, bundled.year, bundled.source):
                continue
            await publish_year(conn, bundled.year, bundled.source, bundled.days)
        _log.info("calendar.imported", year=bundled.year, days=len(bundled.days))

"""Say once a day which years schedules wait for, until the office has entered them."""

from typing import Final

import structlog
from aiohttp import web

from services.venues.years import missing_years
from shared.db import acquire
from shared.http.keys import CLOCK, DATABASE

_log: Final = structlog.get_logger()


async def report_missing_years(app: web.Application) -> None:
    """Log each year that is not known and for which offerings wait; nothing where none does."""
    async with acquire(app[DATABASE]) as conn:
        missing = await missing_years(conn, app[CLOCK].now())
    for year in missing:
        if year.waiting:
            _log.warning("calendar.year_missing", year=year.year, offerings=year.waiting)

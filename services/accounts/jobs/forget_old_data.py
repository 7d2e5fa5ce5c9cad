"""Forget what accounts has kept for long enough."""

from typing import Final

from aiohttp import web

from services.accounts.domain.consents import ADULT_FROM_AGE
from shared.core.clock import today
from shared.core.retention import ACCOUNT_RECORD, CHILD, EXPORT, YEAR
from shared.db import acquire, delete_in_chunks
from shared.http.keys import CLOCK, DATABASE

DELETE_EXPORTS: Final = """
    delete from personal_data_exports
    where export_id in (
        select export_id
        from personal_data_exports
        where made_at < now() - $1::interval
        limit 1000
    )
"""
DELETE_CHILDREN: Final = """
    delete from children
    where child_id in (select child_id from children where birth_year < $1 limit 1000)
"""
# The service's own role can't delete them.
FORGET_RECORDS: Final = "select forget_old_records($1::interval)"


async def forget_old_data(app: web.Application) -> None:
    """Delete what is older than its period; see `shared/core/retention.py`."""
    year = today(app[CLOCK]).year
    last_year = year - ADULT_FROM_AGE - CHILD.kept // YEAR
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, DELETE_EXPORTS, EXPORT.kept)
        await delete_in_chunks(conn, DELETE_CHILDREN, last_year)
        await conn.execute(FORGET_RECORDS, ACCOUNT_RECORD.kept)

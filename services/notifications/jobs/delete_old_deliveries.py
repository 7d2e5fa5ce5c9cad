"""Forget messages that went out, or were given up, long ago."""

from typing import Final

from aiohttp import web

from shared.core.retention import DELIVERY
from shared.db import acquire, delete_in_chunks
from shared.http.keys import DATABASE

DELETE_DELIVERIES: Final = """
delete from deliveries
where id in (
    select id
    from deliveries
    where created_at < now() - $1::interval and state in ('sent', 'failed')
    limit 1000
)
"""
# Its letters go with it.
DELETE_NOTICES: Final = """
delete from licence_notices
where notice_id in (
    select notice_id
    from licence_notices as notice
    where created_at < now() - $1::interval
        and not exists (
            select from licence_letters as letter
            where letter.notice_id = notice.notice_id and letter.state in ('pending', 'sending')
        )
    limit 1000
)
"""


async def delete_old_deliveries(app: web.Application) -> None:
    """Delete what is older than its period; see `shared/core/retention.py`."""
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, DELETE_DELIVERIES, DELIVERY.kept)
        await delete_in_chunks(conn, DELETE_NOTICES, DELIVERY.kept)

"""Forgets what no broker will ever ask for again."""

from typing import Final

import asyncpg
import structlog

from shared.db import delete_in_chunks

# Only the oldest rows are looked at, so a sweep that finds nothing costs nothing.
SWEEP_OUTBOX: Final = """
delete from outbox
where position in (
    select position
    from (select position, sent_at from outbox order by position limit 1000) as oldest
    where sent_at < now() - interval '7 days'
)
"""

# Far longer than an event can be delivered again: outboxes keep 7 days, the log 14. Event ids
# are ordered by time, so the primary key knows the oldest.
SWEEP_INBOX: Final = """
delete from inbox
where (consumer, event_id) in (
    select consumer, event_id
    from (
        select consumer, event_id, received_at
        from inbox
        where consumer = current_schema()
        order by event_id
        limit 1000
    ) as oldest
    where received_at < now() - interval '30 days'
)
"""

_CHUNKS: Final = 10
_TIMEOUT: Final = 10.0

_log: Final = structlog.get_logger()


async def sweep(conn: asyncpg.Connection) -> None:
    """Delete in small chunks what is older than promised: sent events and inbox entries."""
    for name, statement in (("outbox", SWEEP_OUTBOX), ("inbox", SWEEP_INBOX)):
        total = await delete_in_chunks(conn, statement, most_chunks=_CHUNKS, timeout=_TIMEOUT)
        if total:
            _log.info("messaging.swept", table=name, rows=total)

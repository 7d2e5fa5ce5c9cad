"""Warn of licences that end, and keep venues off sale for as long as they lack one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.venues.domain.licences import OVER, WARNING_DAYS, due
from services.venues.licence_telling import tell_expired, tell_expiring
from services.venues.licensing import fit_sale
from services.venues.ownership import lock_venue
from shared.core.clock import local_day
from shared.core.errors import Unavailable
from shared.db import Connection, acquire, transaction
from shared.http.keys import CLOCK, DATABASE

# Venues whose sale does not fit their licences on day $1, and venues with a licence that ends by
# day $2 and has a step left that nobody was told of. The permit of an event ends with the event and
# needs no warning, unless the event is still to come after it.
TO_LOOK_AT: Final = """
select v.venue_id
from venues v
where
    v.state = 'published'
    and (v.licence_suspended_at is not null) <> exists (
        select from licence_gaps(v.venue_id, $1) where held_before
    )
union
select l.venue_id
from licences l
join venues v using (venue_id)
where
    v.state <> 'archived'
    and l.state = 'confirmed'
    and l.valid_until <= $2
    and (
        l.kind <> 'event_permit'
        or exists (
            select from event_permits_needed(l.venue_id, $1) e
            where e.number = l.number and coalesce(e.until > l.valid_until, true)
        )
    )
    and not exists (
        select from licences later
        where
            later.venue_id = l.venue_id
            and later.kind = l.kind
            and (later.number = l.number or l.kind <> 'event_permit')
            and later.state = 'confirmed'
            and later.valid_until > l.valid_until
            and later.valid_from <= l.valid_until + 1
    )
    and (
        select count(*) from licence_warnings w where w.licence_id = l.licence_id
    ) < (
        select count(*) from unnest($3::integer[]) as step
        where l.valid_until - $1 <= step and (step > 0 or l.valid_until < $1)
    )
"""

# The confirmed licences of a venue that end by day $2, unless another one goes on after them. Day
# $3 is today.
ENDING: Final = """
select
    l.licence_id,
    l.valid_until,
    array(
        select days from licence_warnings w where w.licence_id = l.licence_id
    ) as told
from licences l
where
    l.venue_id = $1
    and l.state = 'confirmed'
    and l.valid_until <= $2
    and (
        l.kind <> 'event_permit'
        or exists (
            select from event_permits_needed(l.venue_id, $3) e
            where e.number = l.number and coalesce(e.until > l.valid_until, true)
        )
    )
    and not exists (
        select from licences later
        where
            later.venue_id = l.venue_id
            and later.kind = l.kind
            and (later.number = l.number or l.kind <> 'event_permit')
            and later.state = 'confirmed'
            and later.valid_until > l.valid_until
            and later.valid_from <= l.valid_until + 1
    )
order by l.valid_until, l.licence_id
"""

NOTE: Final = """
insert into licence_warnings (licence_id, days, warned_at)
select $1, days, $3 from unnest($2::integer[]) as days
"""

_log: Final = structlog.get_logger()


async def watch_licences(app: web.Application) -> None:
    """Look at every venue about whose licences something is due today (Asia/Shanghai).

    One transaction for each venue. Each warning is a row, so it is told once, whoever looks how
    often; after a time in which nobody did, only the latest of those that are due is told. A
    venue that fails stops no other one. Raises ExceptionGroup where some failed, Unavailable
    where the database is away.
    """
    now = app[CLOCK].now()
    today = local_day(now)
    async with acquire(app[DATABASE]) as conn:
        rows = await conn.fetch(TO_LOOK_AT, today, _last_to_warn_of(today), (*WARNING_DAYS, OVER))
    failures: list[Exception] = []
    for row in rows:
        venue_id: UUID = row["venue_id"]
        try:
            async with transaction(app[DATABASE]) as conn:
                await _look_at(conn, app, venue_id)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one venue's fault is none of the others'
            _log.error("licences.not_watched", venue_id=str(venue_id), reason=type(error).__name__)
            failures.append(error)
    if failures:
        raise ExceptionGroup("the licences of some venues were not looked at", failures)


async def _look_at(conn: Connection, app: web.Application, venue_id: UUID) -> None:
    venue = await lock_venue(conn, venue_id)
    now = app[CLOCK].now()
    today = local_day(now)
    for row in await conn.fetch(ENDING, venue_id, _last_to_warn_of(today), today):
        found = due(row["valid_until"], today, row["told"])
        await conn.execute(NOTE, row["licence_id"], found.steps, now)
        await _tell(conn, row["licence_id"], found.tell)
    await fit_sale(conn, app, venue)


async def _tell(conn: Connection, licence_id: UUID, step: int | None) -> None:
    if step == OVER:
        await tell_expired(conn, licence_id)
    elif step is not None:
        await tell_expiring(conn, licence_id, step)


def _last_to_warn_of(today: date, steps: Sequence[int] = WARNING_DAYS) -> date:
    return today + timedelta(days=max(steps))

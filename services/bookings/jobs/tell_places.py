"""Tell how many places are left, of the pools whose places changed.

A pool is told of when it is first touched, and then not again for a moment, so that a rush on it
is a few events and not thousands. At the start and once a minute all pools that can still be
booked are compared with what was told: that finds what this process forgot when it died, and what
another one changed.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings import keys
from shared.contracts.bookings import PlacesChanged, PoolScope
from shared.db import Connection, Database, acquire, fetch_all, fetch_one, transaction
from shared.http.keys import DATABASE
from shared.messaging import outbox

SWEEP_EVERY: Final = timedelta(minutes=1)
# Less than the second after which readers may know, with room for the work itself.
PAUSE_SECONDS: Final = 0.7
# Pools that one statement compares, and that one transaction tells of.
COMPARED_AT_ONCE: Final = 10_000
TOLD_AT_ONCE: Final = 500

# One process at a time: of two, the later one could tell what it had read earlier.
LOCK: Final = "select pg_advisory_xact_lock(hashtext('bookings.places'))"

# What is told of here is noted in the same statement, so that it is told once.
NOTE: Final = """
with changed as (
    select
        pools.id,
        pools.pool_uuid,
        pools.scope,
        pools.subject_id,
        pools.option,
        pools.day,
        pools.capacity,
        least(places_left(pools), pools.capacity) as places_left
    from pools
    left join told_places as told on told.pool_id = pools.id
    where
        pools.id = any ($1::bigint[])
        and pools.day >= current_date
        and (
            coalesce(told.capacity, pools.capacity) <> pools.capacity
            or coalesce(told.places_left, pools.capacity) <> places_left(pools)
        )
),
noted as (
    insert into told_places as told (pool_id, capacity, places_left, version)
    select id, capacity, places_left, 1
    from changed
    order by id
    on conflict (pool_id) do update
    set
        capacity = excluded.capacity,
        places_left = excluded.places_left,
        version = told.version + 1
    returning pool_id, version
)
select
    changed.pool_uuid, changed.scope, changed.subject_id, changed.option, changed.day,
    changed.capacity, changed.places_left, noted.version
from changed
join noted on noted.pool_id = changed.id
order by changed.id
"""

FIND_UNTOLD: Final = """
with page as (
    select pools.id, pools.day, pools.capacity, places_left(pools) as places_left
    from pools
    where id > $1
    order by id
    limit $2
)
select
    max(page.id) as last_id,
    coalesce(
        array_agg(page.id order by page.id) filter (
            where
                page.day >= current_date
                and (
                    coalesce(told.capacity, page.capacity) <> page.capacity
                    or coalesce(told.places_left, page.capacity) <> page.places_left
                )
        ),
        '{}'
    ) as untold
from page
left join told_places as told on told.pool_id = page.id
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """Some pools in the order of their ids: which one is the last, and which are to be told of."""

    last_id: int | None
    untold: list[int]


@dataclass(frozen=True, slots=True)
class Left:
    """What a pool has left, and how often that was told with this time."""

    pool_uuid: UUID
    scope: PoolScope
    subject_id: UUID
    option: str
    day: date
    capacity: int
    places_left: int
    version: int


async def tell_places(app: web.Application) -> None:
    """Tell of the pools that were touched; now and then, of all that should have been told of."""
    touched, database = app[keys.TOUCHED_POOLS], app[DATABASE]
    if time.monotonic() >= touched.sweep_at:
        touched.take()
        await _sweep(database)
        touched.sweep_at = time.monotonic() + SWEEP_EVERY.total_seconds()
    elif pool_ids := touched.take():
        await _tell(database, pool_ids)
        await asyncio.sleep(PAUSE_SECONDS)


async def _sweep(database: Database) -> None:
    last_id: int | None = 0
    while last_id is not None:
        async with acquire(database) as conn:
            page = await fetch_one(conn, Compared, FIND_UNTOLD, last_id, COMPARED_AT_ONCE)
        await _tell(database, page.untold)
        last_id = page.last_id


async def _tell(database: Database, pool_ids: Sequence[int]) -> None:
    for start in range(0, len(pool_ids), TOLD_AT_ONCE):
        async with transaction(database) as conn:
            await _tell_some(conn, pool_ids[start : start + TOLD_AT_ONCE])


async def _tell_some(conn: Connection, pool_ids: Sequence[int]) -> None:
    await conn.execute(LOCK)
    rows = await fetch_all(conn, Left, NOTE, pool_ids)
    await outbox.add_many(conn, [_telling(left) for left in rows])


def _telling(left: Left) -> outbox.Telling:
    event = PlacesChanged(
        pool_id=left.pool_uuid,
        scope=left.scope,
        subject_id=left.subject_id,
        option=left.option,
        day=left.day,
        capacity=left.capacity,
        left=left.places_left,
    )
    return outbox.Telling(event, subject=left.pool_uuid, version=left.version)

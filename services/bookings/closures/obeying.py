"""Marking what is shut and what is open again, so that the statement that takes places knows.

The marks follow from all closures and what was lifted of them, so events may come twice and in any
order. The caller holds the lock on capacities: no slot is published, and no mark is made by anybody
else meanwhile. A closure may cover a hundred thousand slots. So all is done page by page, in the
caller's one transaction, and no statement comes near its time limit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID

from services.bookings.engine.touched import note_after_commit
from shared.db import Connection

Item = TypeVar("Item")

# So many slots or pools that a statement ends well before its time limit, on a slow machine too.
PAGE: Final = 1000
BEFORE_ALL: Final = (date.min, UUID(int=0))

# Places that are held already are paid for under the shared lock (`sales.py`), so that a payment
# is honoured before the closure is obeyed, or not at all.
LOCK_PAYING: Final = "select pg_advisory_xact_lock(hashtext('bookings.closures'))"

# The arguments of both: villages, venues, from, until, the day and slot behind which to look, and
# how many at most. What begins in the evening ends on the next day. All of a page are returned,
# changed or not: the next page begins behind its last one.
FIND_TO_SHUT: Final = """
with page as materialized (
    select day, slot_id, village_id, venue_id, offering_id, kind, starts_at, ends_at
    from slots
    where (village_id = any ($1::uuid[]) or venue_id = any ($2::uuid[]))
        and day between ($3::timestamptz at time zone 'Asia/Shanghai')::date - 1
            and ($4::timestamptz at time zone 'Asia/Shanghai')::date
        and (day, slot_id) > ($5::date, $6::uuid)
        and not closed
    order by day, slot_id
    limit $7
)
select
    page.day,
    page.slot_id,
    closure_covers(
        closures, page.village_id, page.venue_id, page.offering_id, page.kind, page.starts_at,
        page.ends_at
    ) as is_changed
from page
join closures on closures.closure_id = $8
order by page.day, page.slot_id
"""

FIND_TO_OPEN: Final = """
with page as materialized (
    select day, slot_id, slots as slot
    from slots
    where (village_id = any ($1::uuid[]) or venue_id = any ($2::uuid[]))
        and day between ($3::timestamptz at time zone 'Asia/Shanghai')::date - 1
            and ($4::timestamptz at time zone 'Asia/Shanghai')::date
        and (day, slot_id) > ($5::date, $6::uuid)
        and closed
    order by day, slot_id
    limit $7
)
select day, slot_id, not is_covered(slot) as is_changed
from page
order by day, slot_id
"""

FIND_POOLS: Final = """
select id
from pools
where scope = 'slot' and subject_id = any ($1::uuid[])
"""

LOCK_POOLS: Final = """
select id
from pools
where id = any ($1::bigint[])
order by id
for no key update
"""

MARK_POOLS: Final = """
update pools
set closed = $2
where id = any ($1::bigint[]) and closed <> $2
"""

MARK_SLOTS: Final = """
update slots
set closed = $2
where slot_id = any ($1::uuid[])
"""

# A slot is born closed where it lies in what is shut.
MARK_NEW: Final = """
with marked as (
    update slots
    set closed = is_covered(slots)
    where slot_id = $1
    returning slot_id, closed
)
update pools
set closed = marked.closed
from marked
where pools.scope = 'slot'
    and pools.subject_id = marked.slot_id
    and pools.closed <> marked.closed
"""


@dataclass(frozen=True, slots=True)
class Area:
    """What a closure covers at most."""

    village_ids: Sequence[UUID]
    venue_ids: Sequence[UUID]
    closed_from: datetime
    closed_until: datetime


async def shut(conn: Connection, closure_id: UUID, area: Area) -> None:
    """Mark what a closure covers and no other one shut before, with its pools."""
    await _mark(conn, await _find(conn, FIND_TO_SHUT, area, closure_id), closed=True)


async def open_again(conn: Connection, area: Area) -> None:
    """Take the marks off what no closure covers any more, with its pools."""
    await _mark(conn, await _find(conn, FIND_TO_OPEN, area), closed=False)


async def mark_new(conn: Connection, slot_id: UUID) -> None:
    """Mark a slot that was just published, or whose times changed. Its pools are locked."""
    await conn.execute(MARK_NEW, slot_id)


async def _find(conn: Connection, statement: str, area: Area, *more: UUID) -> list[UUID]:
    where = (area.village_ids, area.venue_ids, area.closed_from, area.closed_until)
    found: list[UUID] = []
    last: tuple[date, UUID] | None = BEFORE_ALL
    while last is not None:
        rows = await conn.fetch(statement, *where, *last, PAGE, *more)
        found += [row["slot_id"] for row in rows if row["is_changed"]]
        last = (rows[-1]["day"], rows[-1]["slot_id"]) if len(rows) == PAGE else None
    return found


async def _mark(conn: Connection, slot_ids: Sequence[UUID], *, closed: bool) -> None:
    """Mark slots and their pools. From the lock on paying on, nobody pays until the commit."""
    pool_ids: list[int] = []
    for some in _pages(slot_ids):
        pool_ids += [row["id"] for row in await conn.fetch(FIND_POOLS, some)]
        await conn.execute(MARK_SLOTS, some, closed)
    # In the order of their ids throughout, as orders lock them: nobody waits in a circle.
    pool_ids.sort()
    await conn.execute(LOCK_PAYING)
    for page in _pages(pool_ids):
        await conn.execute(LOCK_POOLS, page)
        await conn.execute(MARK_POOLS, page, closed)
    note_after_commit(conn, pool_ids)


def _pages(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + PAGE] for start in range(0, len(items), PAGE))

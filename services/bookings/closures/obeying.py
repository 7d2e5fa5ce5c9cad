"""Marking what is shut and what is open again, so that the statement that takes places knows.

The marks follow from all closures and what was lifted of them, so events may come twice and in any
order. The caller holds the lock on capacities: no slot is published meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.bookings.engine.touched import note_after_commit
from shared.db import Connection

# Places that are held already are paid for under the shared lock (`sales.py`), so that a payment
# is honoured before the closure is obeyed, or not at all.
LOCK_PAYING: Final = "select pg_advisory_xact_lock(hashtext('bookings.closures'))"

# What begins in the evening ends on the next day.
FIND_CHANGED: Final = """
select slot_id, is_covered(slots) as closed
from slots
where (village_id = any ($1::uuid[]) or venue_id = any ($2::uuid[]))
    and day between ($3::timestamptz at time zone 'Asia/Shanghai')::date - 1
        and ($4::timestamptz at time zone 'Asia/Shanghai')::date
    and closed <> is_covered(slots)
"""

# In the order of their ids, as orders lock them.
LOCK_POOLS: Final = """
select id
from pools
where scope = 'slot' and subject_id = any ($1::uuid[])
order by id
for no key update
"""

MARK_POOLS: Final = """
update pools
set closed = changed.closed
from unnest($1::uuid[], $2::boolean[]) as changed (slot_id, closed)
where pools.scope = 'slot'
    and pools.subject_id = changed.slot_id
    and pools.closed <> changed.closed
"""

MARK_SLOTS: Final = """
update slots
set closed = changed.closed
from unnest($1::uuid[], $2::boolean[]) as changed (slot_id, closed)
where slots.slot_id = changed.slot_id
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


async def lock_paying(conn: Connection) -> None:
    """Wait until nobody is in the middle of paying for held places; held until the end."""
    await conn.execute(LOCK_PAYING)


async def mark(
    conn: Connection,
    village_ids: Sequence[UUID],
    venue_ids: Sequence[UUID],
    closed_from: datetime,
    closed_until: datetime,
) -> None:
    """Mark the slots of an area and time, and their pools, as closures have it now."""
    rows = await conn.fetch(FIND_CHANGED, village_ids, venue_ids, closed_from, closed_until)
    slot_ids, closed = [row["slot_id"] for row in rows], [row["closed"] for row in rows]
    pools = await conn.fetch(LOCK_POOLS, slot_ids)
    await conn.execute(MARK_POOLS, slot_ids, closed)
    await conn.execute(MARK_SLOTS, slot_ids, closed)
    note_after_commit(conn, [row["id"] for row in pools])


async def mark_new(conn: Connection, slot_id: UUID) -> None:
    """Mark a slot that was just published, or whose times changed. Its pools are locked."""
    await conn.execute(MARK_NEW, slot_id)

"""The lines that a closure meets: found once, then each goes its own way."""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from shared.db import Connection, fetch_first

# So many that a statement ends well before its time limit, on a slow machine too.
FOUND_AT_ONCE: Final = 2000
BEFORE_ALL: Final = UUID(int=0)

ClosedBy = Literal["operator", "office"]

# One process at a time works on a closure; the others find something else to do.
TRY_CLOSURE: Final = """
select pg_try_advisory_xact_lock(hashtextextended('bookings.closures ' || $1, 0))
"""

FIND_UNDONE: Final = """
select closure_id from closures where done_at is null order by obeyed_at
"""

READ: Final = """
select closure_id, ordered_by, reason ->> 'zh' as reason
from closures
where closure_id = $1 and done_at is null
"""

# What holds places in what is shut, less what was opened again since: of so many behind line $2.
# Lines that wait for the payment of a change are among them, also where the line that they are to
# replace is not. Only the page is looked at closely: a closure may meet a hundred thousand lines.
FIND: Final = """
with page as materialized (
    select
        line.line_id, line.order_id, orders.account_id, line.village_id, line.venue_id,
        line.offering_id, line.kind, line.starts_at, line.ends_at
    from closures
    cross join lateral live_lines_within(
        closures.village_ids, closures.venue_ids, closures.offering_ids, closures.kinds,
        closures.closed_from, closures.closed_until
    ) as line
    join orders on orders.order_id = line.order_id and orders.state in ('held', 'confirmed')
    where closures.closure_id = $1 and line.line_id > $2
    order by line.line_id
    limit $3
),
noted as (
    insert into closed_lines (closure_id, line_id, order_id, account_id)
    select closures.closure_id, page.line_id, page.order_id, page.account_id
    from page
    join closures on closures.closure_id = $1
    where closure_covers(
        closures, page.village_id, page.venue_id, page.offering_id, page.kind, page.starts_at,
        page.ends_at
    )
    on conflict on constraint closed_lines_pkey do nothing
)
select (array_agg(line_id order by line_id desc))[1] from page
"""

NOTE_DONE: Final = """
update closures
set done_at = clock_timestamp()
where closure_id = $1
    and not exists (
        select 1 from closed_lines where closed_lines.closure_id = $1 and state = 'found'
    )
returning closure_id
"""


@dataclass(frozen=True, slots=True)
class Obeyed:
    """A closure whose lines are still being called off."""

    closure_id: UUID
    ordered_by: ClosedBy
    reason: str


async def try_closure(conn: Connection, closure_id: UUID) -> Obeyed | None:
    """Take a closure up until the transaction ends; None where it is done or somebody has it."""
    if not await conn.fetchval(TRY_CLOSURE, str(closure_id)):
        return None
    return await fetch_first(conn, Obeyed, READ, closure_id)


async def find_undone(conn: Connection) -> list[UUID]:
    """Return the closures that still have lines to be called off, the oldest first."""
    return [row["closure_id"] for row in await conn.fetch(FIND_UNDONE)]


async def find_lines(conn: Connection, closure_id: UUID, after: UUID) -> UUID | None:
    """Note what a closure meets of some lines behind one; return the last of these, or None."""
    last: UUID | None = await conn.fetchval(FIND, closure_id, after, FOUND_AT_ONCE)
    return last


async def note_done(conn: Connection, closure_id: UUID) -> bool:
    """Note that a closure is done, if nothing is left to be called off; tell whether it is."""
    return await conn.fetchval(NOTE_DONE, closure_id) is not None

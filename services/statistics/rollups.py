"""The facts and their sums, changed together: each function belongs to a reaction's transaction.

Every change of an order's facts begins by locking that order's row, and changes the sums in the
order of their keys. So two events of one order never meet halfway, and two orders that touch the
same sums wait for each other instead of blocking each other.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from shared.contracts.bookings import BookedLine
from shared.contracts.terms import OfferingKind
from shared.db import Connection

LOCK_ORDER: Final = """
insert into orders (order_id) values ($1)
on conflict (order_id) do update set order_id = excluded.order_id
returning is_cancelled
"""

CANCEL: Final = """
insert into orders (order_id, is_cancelled) values ($1, true)
on conflict (order_id) do update set is_cancelled = true where not orders.is_cancelled
returning true
"""

ADD_VISITS: Final = """
with added as (
    insert into visit_facts
        (line_id, order_id, village_id, venue_id, offering_id, kind, day, nights, persons)
    select line_id, $1, village_id, venue_id, offering_id, kind, day, nights, persons
    from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::date[],
                $8::integer[], $9::integer[])
         as line (line_id, village_id, venue_id, offering_id, kind, day, nights, persons)
    on conflict (line_id) do nothing
    returning line_id
)
select line_id from added
where not exists (select from left_lines where left_lines.line_id = added.line_id)
"""

LEAVE: Final = """
insert into left_lines (line_id) values ($1) on conflict (line_id) do nothing returning true
"""

FIND_STANDING: Final = """
select line_id from visit_facts
where order_id = $1
  and not exists (select from left_lines where left_lines.line_id = visit_facts.line_id)
"""

# Returns by how many more people the ticket has let in; nothing where a newer event is known.
NOTE_ARRIVAL: Final = """
insert into arrivals as known (line_id, ordinal, persons, version) values ($1, $2, $3, $4)
on conflict (line_id, ordinal) do update
    set persons = excluded.persons, version = excluded.version
    where excluded.version > known.version
returning new.persons - coalesce(old.persons, 0)
"""

# Adds the people of some lines to the sums and takes those of others out, with those who arrived:
# they may have before their visit's event did.
CHANGE_SUMS: Final = """
with change as (
    select village_id, venue_id, kind, day, sum(sign * persons) as booked,
           sum(sign * (select coalesce(sum(arrivals.persons), 0)
                       from arrivals where arrivals.line_id = visit_facts.line_id)) as arrived
    from visit_facts
    join unnest($1::uuid[], $2::integer[]) as counted (line_id, sign) using (line_id)
    group by day, village_id, venue_id, kind
)
insert into visits_daily as total (village_id, venue_id, kind, day, booked, arrived)
select village_id, venue_id, kind, day, greatest(booked, 0), greatest(arrived, 0)
from change
order by day, village_id, venue_id, kind
on conflict (day, village_id, venue_id, kind) do update
    set (booked, arrived) = (
        select total.booked + change.booked, total.arrived + change.arrived
        from change
        where (change.day, change.village_id, change.venue_id, change.kind)
            = (excluded.day, excluded.village_id, excluded.venue_id, excluded.kind))
"""

COUNT_ARRIVAL: Final = """
update visits_daily as total
set arrived = total.arrived + $2
from visit_facts as visit
where visit.line_id = $1
  and not exists (select from left_lines where left_lines.line_id = visit.line_id)
  and (total.day, total.village_id, total.venue_id, total.kind)
    = (visit.day, visit.village_id, visit.venue_id, visit.kind)
"""

# Last in a transaction: everybody who takes in events of this type waits here for a moment.
NOTE_TAKEN_IN: Final = """
insert into taken_in as known (event_type, newest) values ($1, $2)
on conflict (event_type) do update set newest = excluded.newest
    where excluded.newest > known.newest
"""


class Visit(NamedTuple):
    """People who booked one thing on one day."""

    line_id: UUID
    village_id: UUID
    venue_id: UUID
    offering_id: UUID
    kind: OfferingKind
    day: date
    nights: int
    persons: int

    @classmethod
    def of_line(cls, line: BookedLine) -> "Visit":
        """Return the visit that an order's line stands for."""
        return cls(
            line.line_id,
            line.village_id,
            line.venue_id,
            line.offering_id,
            line.kind,
            line.day,
            line.nights,
            line.persons,
        )


class Arrival(NamedTuple):
    """How many people one ticket has let in, as of a version of its order."""

    line_id: UUID
    ordinal: int
    persons: int
    version: int


async def count_order(conn: Connection, order_id: UUID, visits: list[Visit]) -> None:
    """Count the visits of a confirmed order, unless it is known to be cancelled."""
    is_cancelled = await conn.fetchval(LOCK_ORDER, order_id)
    added = await _add_visits(conn, order_id, visits)
    if not is_cancelled:
        await _change_sums(conn, coming=added)


async def uncount_order(conn: Connection, order_id: UUID) -> None:
    """Take a cancelled order's visits out of the sums, once, and keep them out."""
    if await conn.fetchval(CANCEL, order_id):
        rows = await conn.fetch(FIND_STANDING, order_id)
        await _change_sums(conn, leaving=[row["line_id"] for row in rows])


async def uncount_line(conn: Connection, order_id: UUID, line_id: UUID) -> None:
    """Take the visit of a line that left its order out of the sums, once, and keep it out."""
    is_cancelled = await conn.fetchval(LOCK_ORDER, order_id)
    if await conn.fetchval(LEAVE, line_id) and not is_cancelled:
        await _change_sums(conn, leaving=[line_id])


async def replace_line(conn: Connection, order_id: UUID, replaced_id: UUID, visit: Visit) -> None:
    """Count a visit in the place of another one, unless their order is known to be cancelled."""
    is_cancelled = await conn.fetchval(LOCK_ORDER, order_id)
    leaving = [replaced_id] if await conn.fetchval(LEAVE, replaced_id) else []
    coming = await _add_visits(conn, order_id, [visit])
    if not is_cancelled:
        await _change_sums(conn, coming=coming, leaving=leaving)


async def count_arrival(conn: Connection, order_id: UUID, arrival: Arrival) -> None:
    """Count the people whom one ticket let in, or does not let in any more.

    Neither changes the sums where their visit is known not to be counted.
    """
    is_cancelled = await conn.fetchval(LOCK_ORDER, order_id)
    more = await conn.fetchval(NOTE_ARRIVAL, *arrival)
    if more and not is_cancelled:
        await conn.execute(COUNT_ARRIVAL, arrival.line_id, more)


async def count_past_visit(conn: Connection, visit: Visit, arrived: int) -> None:
    """Count a visit from before the platform, with those who came."""
    added = await _add_visits(conn, None, [visit])
    if added:
        await conn.execute(NOTE_ARRIVAL, *Arrival(visit.line_id, 1, arrived, 1))
        await _change_sums(conn, coming=added)


async def note_taken_in(conn: Connection, event_type: str, time: datetime) -> None:
    """Remember how far the figures reach; call it last in the transaction."""
    await conn.execute(NOTE_TAKEN_IN, event_type, time)


async def _add_visits(conn: Connection, order_id: UUID | None, visits: list[Visit]) -> list[UUID]:
    """Keep visits that are not yet known; return the lines of those that still stand."""
    rows = await conn.fetch(
        ADD_VISITS,
        order_id,
        *([getattr(visit, field) for visit in visits] for field in Visit._fields),
    )
    return [row["line_id"] for row in rows]


async def _change_sums(
    conn: Connection, *, coming: Sequence[UUID] = (), leaving: Sequence[UUID] = ()
) -> None:
    """Add the visits of some lines to the sums, and take those of others out."""
    signs = [1] * len(coming) + [-1] * len(leaving)
    await conn.execute(CHANGE_SUMS, [*coming, *leaving], signs)

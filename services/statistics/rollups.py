"""The facts and their sums, changed together: each function belongs to a reaction's transaction.

Every change of an order's facts begins by locking that order's row, and changes the sums in the
order of their keys. So two events of one order never meet halfway, and two orders that touch the
same sums wait for each other instead of blocking each other.
"""

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
insert into visit_facts
    (line_id, order_id, village_id, venue_id, offering_id, kind, day, nights, persons)
select line_id, $1, village_id, venue_id, offering_id, kind, day, nights, persons
from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::date[],
            $8::integer[], $9::integer[])
     as line (line_id, village_id, venue_id, offering_id, kind, day, nights, persons)
on conflict (line_id) do nothing
returning line_id
"""

ADD_ARRIVAL: Final = """
insert into arrivals (line_id, ordinal, persons) values ($1, $2, $3)
on conflict (line_id, ordinal) do nothing
returning true
"""

# Adds the people of the given lines to the sums, with those who arrived before their visit's
# event did.
COUNT_VISITS: Final = """
insert into visits_daily as total (village_id, venue_id, kind, day, booked, arrived)
select village_id, venue_id, kind, day, sum(persons),
       sum((select coalesce(sum(arrivals.persons), 0)
            from arrivals where arrivals.line_id = visit_facts.line_id))
from visit_facts
where line_id = any ($1::uuid[])
group by day, village_id, venue_id, kind
order by day, village_id, venue_id, kind
on conflict (day, village_id, venue_id, kind) do update
    set booked = total.booked + excluded.booked, arrived = total.arrived + excluded.arrived
"""

# The inverse, for all lines of an order. `uncounted` takes the rows' locks in the order of keys.
UNCOUNT_ORDER: Final = """
with change as (
    select village_id, venue_id, kind, day, sum(persons) as booked,
           sum((select coalesce(sum(arrivals.persons), 0)
                from arrivals where arrivals.line_id = visit_facts.line_id)) as arrived
    from visit_facts
    where order_id = $1
    group by day, village_id, venue_id, kind
), uncounted as (
    select total.day, total.village_id, total.venue_id, total.kind, change.booked, change.arrived
    from visits_daily as total
    join change using (day, village_id, venue_id, kind)
    order by total.day, total.village_id, total.venue_id, total.kind
    for update of total
)
update visits_daily as total
set booked = total.booked - uncounted.booked, arrived = total.arrived - uncounted.arrived
from uncounted
where (total.day, total.village_id, total.venue_id, total.kind)
    = (uncounted.day, uncounted.village_id, uncounted.venue_id, uncounted.kind)
"""

COUNT_ARRIVAL: Final = """
update visits_daily as total
set arrived = total.arrived + $2
from visit_facts as visit
where visit.line_id = $1
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


async def count_order(conn: Connection, order_id: UUID, visits: list[Visit]) -> None:
    """Count the visits of a confirmed order, unless it is known to be cancelled."""
    is_cancelled = await conn.fetchval(LOCK_ORDER, order_id)
    added = await _add_visits(conn, order_id, visits)
    if not is_cancelled:
        await conn.execute(COUNT_VISITS, added)


async def uncount_order(conn: Connection, order_id: UUID) -> None:
    """Take a cancelled order's visits out of the sums, once, and keep them out."""
    if await conn.fetchval(CANCEL, order_id):
        await conn.execute(UNCOUNT_ORDER, order_id)


async def count_arrival(
    conn: Connection, order_id: UUID, line_id: UUID, ordinal: int, persons: int
) -> None:
    """Count the people whom one ticket let in, unless their order is known to be cancelled."""
    is_cancelled = await conn.fetchval(LOCK_ORDER, order_id)
    is_new = await conn.fetchval(ADD_ARRIVAL, line_id, ordinal, persons)
    if is_new and not is_cancelled:
        await conn.execute(COUNT_ARRIVAL, line_id, persons)


async def count_past_visit(conn: Connection, visit: Visit, arrived: int) -> None:
    """Count a visit from before the platform, with those who came."""
    added = await _add_visits(conn, None, [visit])
    if added:
        await conn.execute(ADD_ARRIVAL, visit.line_id, 1, arrived)
        await conn.execute(COUNT_VISITS, added)


async def note_taken_in(conn: Connection, event_type: str, time: datetime) -> None:
    """Remember how far the figures reach; call it last in the transaction."""
    await conn.execute(NOTE_TAKEN_IN, event_type, time)


async def _add_visits(conn: Connection, order_id: UUID | None, visits: list[Visit]) -> list[UUID]:
    """Keep visits that are not yet known and return their lines."""
    rows = await conn.fetch(
        ADD_VISITS,
        order_id,
        *([getattr(visit, field) for visit in visits] for field in Visit._fields),
    )
    return [row["line_id"] for row in rows]

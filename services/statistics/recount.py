"""The sums made anew from the facts, or compared with them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from shared.db import Connection, Database, fetch_all

# Nobody changes sums meanwhile; whoever is about to waits, and adds to the new ones.
LOCK_SUMS: Final = "lock table visits_daily in share row exclusive mode"
WAIT_LONG: Final = "select set_config('lock_timeout', '60s', true)"

MONTHS: Final = """
select month::date, (month + interval '1 month')::date as next_month
from (select date_trunc('month', day::timestamp) as month from visit_facts
      union
      select date_trunc('month', day::timestamp) from visits_daily) as every_month
order by month
"""

CLEAR_MONTH: Final = "delete from visits_daily where day >= $1 and day < $2"

# What the sums should be: the definition that the reactions keep up with step by step.
COUNT_MONTH: Final = """
insert into visits_daily (village_id, venue_id, kind, day, booked, arrived)
select visit.village_id, visit.venue_id, visit.kind, visit.day,
       sum(visit.persons), sum(coalesce(arrived.persons, 0))
from visit_facts as visit
left join orders using (order_id)
left join (select line_id, sum(persons) as persons from arrivals group by line_id) as arrived
    on arrived.line_id = visit.line_id
where visit.day >= $1 and visit.day < $2 and orders.is_cancelled is not true
    and not exists (select from left_lines where left_lines.line_id = visit.line_id)
group by visit.village_id, visit.venue_id, visit.kind, visit.day
"""

# One statement sees one moment, in which facts and sums agree or do not. A cell of zeros is what
# is left of visits that are not counted any more; it is the same as no cell.
COMPARE: Final = """
with fact as (
    select visit.village_id, visit.venue_id, visit.kind, visit.day,
           sum(visit.persons) as booked, sum(coalesce(arrived.persons, 0)) as arrived
    from visit_facts as visit
    left join orders using (order_id)
    left join (select line_id, sum(persons) as persons from arrivals group by line_id) as arrived
        on arrived.line_id = visit.line_id
    where orders.is_cancelled is not true
        and not exists (select from left_lines where left_lines.line_id = visit.line_id)
    group by visit.village_id, visit.venue_id, visit.kind, visit.day
)
select day, village_id, venue_id, kind,
       coalesce(total.booked, 0) as booked, coalesce(fact.booked, 0)::integer as booked_in_facts,
       coalesce(total.arrived, 0) as arrived, coalesce(fact.arrived, 0)::integer as arrived_in_facts
from visits_daily as total
full join fact using (day, village_id, venue_id, kind)
where (coalesce(total.booked, 0), coalesce(total.arrived, 0))
   <> (coalesce(fact.booked, 0), coalesce(fact.arrived, 0))
order by day, village_id, venue_id, kind
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell whose sums are not what its facts add up to."""

    day: date
    village_id: UUID
    venue_id: UUID
    kind: str
    booked: int
    booked_in_facts: int
    arrived: int
    arrived_in_facts: int

    def __str__(self) -> str:
        return (
            f"{self.day} village {self.village_id} venue {self.venue_id} {self.kind}: "
            f"booked {self.booked}, from facts {self.booked_in_facts}; "
            f"arrived {self.arrived}, from facts {self.arrived_in_facts}"
        )


async def compare(database: Database) -> list[Difference]:
    """Return the cells whose sums differ from their facts; it changes nothing."""
    async with database.session(statement_timeout="0") as conn:
        return await fetch_all(conn, Difference, COMPARE)


async def recount(database: Database, progress: Callable[[date, int], None]) -> list[Difference]:
    """Make all sums anew from the facts, in one transaction; return what was wrong before.

    `progress` is told each month with its number of cells. Events that come in meanwhile wait.
    """
    async with database.session(statement_timeout="0") as conn, conn.transaction():
        await conn.execute(WAIT_LONG)
        await conn.execute(LOCK_SUMS)
        wrong = await fetch_all(conn, Difference, COMPARE)
        for month, next_month in await conn.fetch(MONTHS):
            progress(month, await _recount_month(conn, month, next_month))
        return wrong


async def _recount_month(conn: Connection, month: date, next_month: date) -> int:
    await conn.execute(CLEAR_MONTH, month, next_month)
    counted = await conn.execute(COUNT_MONTH, month, next_month)
    return int(counted.rpartition(" ")[2])

"""Calling off what a closure meets, a batch of orders in one transaction, each line once.

A line that has begun, or of which somebody was checked in, is left to people on the spot; its
visitor is told all the same. What is called off comes back whole (docs/domain.md rule 6).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from services.bookings import engine
from services.bookings.changes.cancelling import LineStanding, Standing, decide, read_standings
from services.bookings.changes.leaving import Cancellation, Departure, carry_out_all
from services.bookings.closures.finding import Obeyed
from services.bookings.domain.refund_tiers import Cause
from shared.db import Connection

LONGEST_REASON: Final = 200

State = Literal["cancelled", "begun", "gone"]

# An order that somebody is busy with is left to the next batch.
LOCK: Final = """
select order_id
from orders
where order_id = any ($1::uuid[])
order by order_id
for update skip locked
"""

# What was opened again since it was found stays.
FIND_LINES: Final = """
select
    line.line_id,
    closure_covers(
        closures, line.village_id, line.venue_id, line.offering_id, line.kind, line.starts_at,
        line.ends_at
    ) as is_closed
from closed_lines
join closures using (closure_id)
join order_lines as line using (line_id)
where closure_id = $1 and closed_lines.order_id = any ($2::uuid[]) and state = 'found'
"""

NOTE: Final = """
update closed_lines
set state = met.state, refund_fen = met.refund_fen
from unnest($2::uuid[], $3::text[], $4::bigint[]) as met (line_id, state, refund_fen)
where closure_id = $1 and closed_lines.line_id = met.line_id
"""


@dataclass(frozen=True, slots=True)
class Met:
    """What became of a line that a closure meets."""

    line_id: UUID
    state: State
    refund_fen: int = 0


async def call_off(conn: Connection, closure: Obeyed, order_ids: Sequence[UUID]) -> int:
    """Call off what of some orders a closure meets, and return how many orders were free for it."""
    locked = [row["order_id"] for row in await conn.fetch(LOCK, order_ids)]
    rows = await conn.fetch(FIND_LINES, closure.closure_id, locked)
    found = {row["line_id"] for row in rows if row["is_closed"]}
    cause: Cause = "operator" if closure.ordered_by == "operator" else "disaster"
    departures: list[Departure] = []
    met = [Met(row["line_id"], "gone") for row in rows if not row["is_closed"]]
    lapsing: dict[UUID, engine.LeftAs | None] = {}
    for standing in await read_standings(conn, locked):
        hit = [line for line in standing.lines if line.line_id in found]
        leaving = [line.line_id for line in hit if _can_leave(standing, line)]
        if leaving:
            departure = Departure(standing.order, decide(standing, leaving, cause))
            departures.append(departure)
            lapsing |= _left_over(hit, departure.released)
            met += _cancelled(departure)
        else:
            lapsing |= _left_over(hit, ())
        met += [_stays(standing, line) for line in hit if line.line_id not in leaving]
    cancellation = Cancellation(
        closure.closure_id, cause, closure.reason[:LONGEST_REASON], closure.closure_id
    )
    await carry_out_all(conn, departures, cancellation, also=lapsing)
    await conn.execute(
        NOTE,
        closure.closure_id,
        [one.line_id for one in met],
        [one.state for one in met],
        [one.refund_fen for one in met],
    )
    return len(locked)


def _can_leave(standing: Standing, line: LineStanding) -> bool:
    return (
        standing.order.state in ("held", "confirmed")
        and line.stands
        and not line.has_begun
        and not line.has_check_in
    )


def _left_over(
    hit: Sequence[LineStanding], released: Collection[UUID]
) -> dict[UUID, engine.LeftAs | None]:
    """Return the changes into what is shut that wait for their payment: they lapse."""
    return {
        line.line_id: "lapsed"
        for line in hit
        if line.is_pending and line.left_as is None and line.line_id not in released
    }


def _cancelled(departure: Departure) -> list[Met]:
    return [
        Met(line_id, "cancelled", refund.now.refund_fen)
        for line_id, refund in departure.decision.leaving.items()
    ]


def _stays(standing: Standing, line: LineStanding) -> Met:
    is_there = (
        standing.order.state == "confirmed"
        and line.stands
        and (line.has_begun or line.has_check_in)
    )
    return Met(line.line_id, "begun" if is_there else "gone")

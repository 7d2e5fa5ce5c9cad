"""Locking a closure, noting who did what with it, and telling the others once it is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.domain.closing import Area, Part, State, Step, standing_of
from services.venues.errors import ClosureStateConflict
from shared.contracts.terms import OfferingKind
from shared.contracts.venues import ClosedBy, ClosedOrders, ClosureCause, ClosureOrdered
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.db import Connection, fetch_all, fetch_first
from shared.http.access import Caller
from shared.http.keys import CLOCK, IDS
from shared.messaging import audit, outbox

LOCK: Final = """
select
    closure_id, ordered_by, organisation_id, state, cause, orders, reason, village_ids, venue_ids,
    offering_ids, kinds, closed_from, closed_until, entered_by, entered_at, over_at, edit_version,
    event_version
from closures
where closure_id = $1
for no key update
"""

FIND_VILLAGES: Final = """
select venue_id, village_id from venues where venue_id = any ($1::uuid[])
"""

FIND_PARTS: Final = """
select village_ids as villages, venue_ids as venues, kinds, open_from
from closure_reopenings
where closure_id = $1
order by number
"""

RECORD: Final = """
insert into closure_steps (step_id, closure_id, step, done_by, done_at, note, reopening)
values ($1, $2, $3, $4, $5, $6, $7)
"""


@dataclass(frozen=True, slots=True)
class LockedClosure:
    """A closure whose row this transaction holds."""

    closure_id: UUID
    ordered_by: ClosedBy
    organisation_id: UUID | None
    state: State
    cause: ClosureCause
    orders: ClosedOrders
    reason: LocalizedText
    village_ids: list[UUID]
    venue_ids: list[UUID]
    offering_ids: list[UUID]
    kinds: list[OfferingKind]
    closed_from: datetime
    closed_until: datetime
    entered_by: UUID
    entered_at: datetime
    over_at: datetime
    edit_version: int
    event_version: int

    def check_state(self, wanted: State, now: datetime) -> None:
        """Raise ClosureStateConflict unless it stands in a state, and is not past it."""
        standing = standing_of(self.state, self.entered_at, self.over_at, now)
        if standing != wanted:
            raise ClosureStateConflict(state=standing)

    def area(self, villages_of: dict[UUID, UUID]) -> Area:
        """Return what it names, as the rules want it."""
        return Area(
            villages=frozenset(self.village_ids),
            venues={venue: villages_of[venue] for venue in self.venue_ids},
            kinds=frozenset(self.kinds),
            closed_from=self.closed_from,
            closed_until=self.closed_until,
        )


async def lock_closure(conn: Connection, closure_id: UUID) -> LockedClosure:
    """Lock a closure until the transaction ends. Raises NotFound."""
    closure = await fetch_first(conn, LockedClosure, LOCK, closure_id)
    if closure is None:
        raise NotFound
    return closure


async def find_villages(conn: Connection, venue_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the villages of venues; those that don't exist are left out."""
    rows = await conn.fetch(FIND_VILLAGES, venue_ids)
    return {row["venue_id"]: row["village_id"] for row in rows}


async def find_parts(conn: Connection, closure_id: UUID) -> list[Part]:
    """Return what was opened again of a closure, in its order."""
    return await fetch_all(conn, Part, FIND_PARTS, closure_id)


async def record(
    conn: Connection,
    app: web.Application,
    caller: Caller,
    closure: LockedClosure,
    step: Step,
    *,
    note: str | None = None,
    reopening: int | None = None,
) -> None:
    """Note a step in the closure's history, and the office's in the audit log, too."""
    await conn.execute(
        RECORD,
        app[IDS].new(),
        closure.closure_id,
        step,
        caller.person,
        app[CLOCK].now(),
        note,
        reopening,
    )
    if closure.ordered_by == "office":
        await audit.record(
            conn,
            caller,
            action=f"closure.{step}",
            subject=closure.closure_id,
            details={"cause": closure.cause, "orders": closure.orders, "part": reopening},
        )


async def tell_ordered(conn: Connection, closure: LockedClosure) -> None:
    """Tell of a closure that is in force, as its first event."""
    event = ClosureOrdered(
        closure_id=closure.closure_id,
        ordered_by=closure.ordered_by,
        organisation_id=closure.organisation_id,
        village_ids=tuple(closure.village_ids),
        venue_ids=tuple(closure.venue_ids),
        offering_ids=tuple(closure.offering_ids),
        kinds=tuple(closure.kinds),
        closed_from=closure.closed_from,
        closed_until=closure.closed_until,
        cause=closure.cause,
        orders=closure.orders,
        reason=closure.reason,
    )
    await outbox.add(conn, event, subject=closure.closure_id, version=1)

"""Take a check-in back that was a mistake of the gate."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import Field

from services.bookings.domain.passages import LET_THROUGH
from services.bookings.errors import UndoTooLate
from services.bookings.gates.records import StoredScan, change_scans, find_scans, lock_lines
from shared.contracts.bookings import TicketCheckInUndone
from shared.core.errors import NotFound
from shared.db import Connection, fetch_one, retry, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Path, Query
from shared.http.route import route
from shared.messaging import outbox

UNDO_MINUTES: Final = 10

_log: Final = structlog.get_logger()


class TicketPath(Path):
    """A ticket: the `ordinal`th, from 1, of an order line."""

    line_id: UUID
    ordinal: Annotated[int, Field(ge=1, le=1000)]


class UndoQuery(Query):
    """Which check-in is meant, by the scan that let somebody in.

    An undoing that may be repeated names it: without, it is about whichever stands by then.
    """

    scan_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a check-in leaves behind: how many people it was for, and its order's version."""

    persons: int
    version: int


# When the check-in was first told of, by the database's clock: a gate's own may be wrong.
FIND_AGE: Final = """
select clock_timestamp() - recorded_at from check_ins where line_id = $1 and ordinal = $2
"""

TAKE_BACK: Final = """
with gone as (
    delete from check_ins where line_id = $1 and ordinal = $2 returning persons
)
update orders
set version = version + 1
from gone
where order_id = $3
returning gone.persons, orders.version
"""


@route(
    "DELETE",
    "/v1/check-ins/{line_id}/{ordinal}",
    access=may("gate.check_in"),
    errors=(NotFound, UndoTooLate),
)
async def undo_check_in(
    request: web.Request, caller: Caller, path: TicketPath, query: UndoQuery
) -> None:
    """Take a check-in back within ten minutes; the ticket is good again.

    It is too late as well when the visit is over. Its scans are kept as taken back, and what was
    in conflict with it stays in the list. A ticket of another operator, and one that is not
    checked in, is not found; nor is a check-in by a scan that let nobody in. Taking back a
    check-in that was named and is taken back changes nothing.
    """
    ticket = path.line_id, path.ordinal

    async def unit() -> bool:
        async with transaction(request.app[DATABASE]) as conn:
            lines = await lock_lines(conn, [path.line_id], caller.reach("gate.check_in"))
            line = lines.get(path.line_id)
            if line is None:
                raise NotFound
            scans = await find_scans(conn, [ticket])
            if query.scan_id is not None and _is_undone(scans, query.scan_id):
                return False
            age: timedelta | None = await conn.fetchval(FIND_AGE, *ticket)
            if age is None:
                raise NotFound
            if line.state != "confirmed" or age > timedelta(minutes=UNDO_MINUTES):
                raise UndoTooLate(minutes=UNDO_MINUTES)
            await _take_back(conn, line.order_id, path)
            await _settle(conn, scans)
            return True

    if await retry(unit):
        _log.info("ticket.check_in_undone", line_id=str(path.line_id), ordinal=path.ordinal)


def _is_undone(scans: Iterable[StoredScan], scan_id: UUID) -> bool:
    """Tell whether the check-in by this scan is taken back; NotFound where it let nobody in."""
    outcome = next((scan.outcome for scan in scans if scan.scan_id == scan_id), None)
    if outcome != "undone" and outcome not in LET_THROUGH:
        raise NotFound
    return outcome == "undone"


async def _take_back(conn: Connection, order_id: UUID, path: TicketPath) -> None:
    gone = await fetch_one(conn, TakenBack, TAKE_BACK, path.line_id, path.ordinal, order_id)
    event = TicketCheckInUndone(
        order_id=order_id, line_id=path.line_id, ordinal=path.ordinal, persons=gone.persons
    )
    await outbox.add(conn, event, subject=order_id, version=gone.version)


async def _settle(conn: Connection, scans: Iterable[StoredScan]) -> None:
    """Close the story of the ticket's scans so far: the next one begins a new one."""
    await change_scans(
        conn,
        [
            replace(
                scan,
                outcome="undone" if scan.outcome in LET_THROUGH else scan.outcome,
                is_settled=True,
            )
            for scan in scans
            if not scan.is_settled
        ],
    )

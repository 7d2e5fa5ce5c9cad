"""Scans at the gate, taken in: one that somebody waits for, or many from a gate offline.

What counts is decided by `domain/passages.py`; here the orders are locked, what is known of their
tickets is read, and what follows is written and told (docs/domain.md rule 12).
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar
from uuid import UUID

import asyncpg
import structlog

from services.bookings.gates.records import (
    Presence,
    ScanOutcome,
    StoredScan,
    Ticket,
    TicketLine,
    add_scans,
    change_scans,
    find_presences,
    find_scans,
    lock_lines,
    put_presences,
)
from services.bookings.gates.ticket_books import Shown, TicketBook
from shared.contracts.bookings import OrderCompleted, TicketCheckedIn, TicketConflictFound
from shared.contracts.event import Event
from shared.db import Connection, retry
from shared.http.access import Reach
from shared.messaging import outbox
from shared.messaging.outbox import Telling

# What a scan was, or why none was kept: there is no such ticket for this operator, the code is
# none of ours, the gate's clock is wrong, the id belongs to a scan of another ticket, or its order
# is broken and the log says how.
VerdictOutcome = (
    ScanOutcome
    | Literal[
        "not_found", "not_genuine", "in_the_future", "too_old", "scan_id_reused", "not_taken_in"
    ]
)

Taken = TypeVar("Taken")

_log: Final = structlog.get_logger()

ADVANCE_ORDERS: Final = """
update orders
set version = advanced.version, state = advanced.state
from unnest($1::uuid[], $2::integer[], $3::text[]) as advanced (order_id, version, state)
where orders.order_id = advanced.order_id
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a scan. Of a ticket that is not found nothing else is said.

    `presence` is the ticket's check-in, where it has one, and `gate` where that was.
    """

    scan_id: UUID
    outcome: VerdictOutcome
    line: TicketLine | None = None
    ordinal: int | None = None
    presence: Presence | None = None
    gate: str = ""


async def take_scans(conn: Connection, reach: Reach, shown: Sequence[Shown]) -> list[Verdict]:
    """Take scans in, in one transaction; return a verdict for each, in their order.

    Each ticket's scans count by their time, whatever their order here. Raises
    UniqueViolationError where another request tells of one of them at once; see `retry_scans`.
    """
    lines = await lock_lines(conn, {scan.line_id for scan in shown}, reach)
    tickets = {
        scan.ticket
        for scan in shown
        if scan.line_id in lines and scan.ordinal <= lines[scan.line_id].units
    }
    known = await find_scans(conn, tickets, {scan.scan_id for scan in shown})
    presences = await find_presences(conn, tickets)
    by_ticket: dict[Ticket, list[StoredScan]] = defaultdict(list)
    for stored in known:
        by_ticket[stored.ticket].append(stored)
    books = {
        ticket: TicketBook(lines[ticket[0]], ticket[1], by_ticket[ticket], presences.get(ticket))
        for ticket in tickets
    }
    owners = {scan.scan_id: scan.ticket for scan in known}
    for scan in shown:
        if scan.ticket in books and owners.get(scan.scan_id, scan.ticket) == scan.ticket:
            books[scan.ticket].show(scan)
    await _write(conn, [books[ticket] for ticket in sorted(books)])
    return [_verdict(scan, books.get(scan.ticket), owners) for scan in shown]


async def retry_scans(unit: Callable[[], Awaitable[Taken]]) -> Taken:
    """Run a transaction that takes scans in, again where another request told of them at once."""
    try:
        return await retry(unit)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "scans_pkey":
            raise
        return await retry(unit)


def log_scan(verdict: Verdict) -> None:
    """Note a scan in the log: which ticket and what it was, nothing of whose it is."""
    line = verdict.line
    _log.info(
        "ticket.scanned",
        outcome=verdict.outcome,
        scan_id=str(verdict.scan_id),
        line_id=str(line.line_id) if line else None,
        ordinal=verdict.ordinal,
    )


def _verdict(shown: Shown, book: TicketBook | None, owners: dict[UUID, Ticket]) -> Verdict:
    if book is None:
        return Verdict(shown.scan_id, "not_found")
    if owners.get(shown.scan_id, shown.ticket) != shown.ticket:
        return Verdict(shown.scan_id, "scan_id_reused")
    outcome = book[shown.scan_id].outcome
    return Verdict(shown.scan_id, outcome, book.line, shown.ordinal, book.presence, book.gate)


async def _write(conn: Connection, books: Sequence[TicketBook]) -> None:
    changed = [scan for book in books for scan in book.changed]
    # One scan of a ticket counts at any moment: the earlier one gives way first.
    await change_scans(conn, [scan for scan in changed if scan.outcome != "admitted"])
    await change_scans(conn, [scan for scan in changed if scan.outcome == "admitted"])
    await add_scans(conn, [scan for book in books for scan in book.added])
    presences = [book.new_presence for book in books]
    await put_presences(conn, [presence for presence in presences if presence])
    await _tell(conn, books)


async def _tell(conn: Connection, books: Iterable[TicketBook]) -> None:
    """Write the orders' versions and states, and tell who came and what is in conflict."""
    tellings: list[Telling] = []
    orders: dict[UUID, tuple[int, str]] = {}

    def tell(line: TicketLine, event: Event, state: str) -> None:
        version = orders.get(line.order_id, (line.version, ""))[0] + 1
        orders[line.order_id] = version, state
        tellings.append(Telling(event, line.order_id, version))

    for book in books:
        line = book.line
        state = orders.get(line.order_id, (0, line.state))[1]
        if book.has_come and book.presence:
            tell(line, _checked_in(line, book.presence), state)
            if state == "no_show":
                state = "completed"
                completed = OrderCompleted(order_id=line.order_id, account_id=line.account_id)
                tell(line, completed, state)
        for scan in book.new_conflicts:
            conflict = TicketConflictFound(
                order_id=line.order_id,
                line_id=scan.line_id,
                ordinal=scan.ordinal,
                scan_id=scan.scan_id,
                scanned_at=scan.scanned_at,
            )
            tell(line, conflict, state)
    if orders:
        versions, states = zip(*orders.values(), strict=True)
        await conn.execute(ADVANCE_ORDERS, list(orders), list(versions), list(states))
        await outbox.add_many(conn, tellings)


def _checked_in(line: TicketLine, presence: Presence) -> TicketCheckedIn:
    return TicketCheckedIn(
        order_id=line.order_id,
        line_id=presence.line_id,
        ordinal=presence.ordinal,
        persons=presence.persons,
        checked_in_at=presence.checked_in_at,
    )

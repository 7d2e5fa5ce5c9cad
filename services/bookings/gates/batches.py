"""Scans that a gate made without a network, taken in together when it has one again."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from aiohttp import web

from services.bookings.domain.ticket_code import NotGenuineError
from services.bookings.gates.records import Ticket
from services.bookings.gates.requests import BatchedScan
from services.bookings.gates.scanning import (
    Verdict,
    VerdictOutcome,
    log_scan,
    retry_scans,
    take_scans,
)
from services.bookings.gates.ticket_books import Shown
from services.bookings.gates.ticket_keys import TicketKeys
from services.bookings.keys import TICKET_KEYS
from shared.db import Database, acquire, transaction
from shared.http.access import Caller, Reach
from shared.http.keys import DATABASE

# How far a gate's clock may run ahead, and how late it may tell.
MOST_AHEAD: Final = timedelta(minutes=5)
OLDEST: Final = timedelta(days=30)
# A chunk is one transaction: its orders' locks are short.
ORDERS_AT_ONCE: Final = 50

_log: Final = structlog.get_logger()

FIND_MOMENT: Final = "select clock_timestamp()"

FIND_ORDERS: Final = """
select line_id, order_id
from order_lines
where line_id = any ($1::uuid[])
    and exists (
        select from unnest($2::uuid[], $3::uuid[]) as reach (organisation_id, venue_id)
        where reach.organisation_id = order_lines.organisation_id
            and coalesce(reach.venue_id = order_lines.venue_id, true)
    )
"""


async def take_batch(
    app: web.Application, caller: Caller, batch: Sequence[BatchedScan]
) -> list[Verdict]:
    """Take a batch in, whatever is wrong with some of it; return a verdict for each, in order.

    A batch that is told of again changes nothing and has the same verdicts: each scan is known by
    its id. The work goes on where one chunk of orders fails.
    """
    tickets = await asyncio.to_thread(_read_tickets, app[TICKET_KEYS], batch)
    reach = caller.reach("gate.check_in")
    async with acquire(app[DATABASE]) as conn:
        moment = await conn.fetchval(FIND_MOMENT)
        line_ids = {ticket[0] for ticket in tickets if ticket}
        rows = await conn.fetch(FIND_ORDERS, line_ids, *reach)
    orders: dict[UUID, UUID] = {row["line_id"]: row["order_id"] for row in rows}
    verdicts: dict[int, Verdict] = {}
    taken: dict[UUID, dict[int, Shown]] = defaultdict(dict)
    for place, (scan, ticket) in enumerate(zip(batch, tickets, strict=True)):
        if ticket is None:
            verdicts[place] = Verdict(scan.scan_id, "not_genuine")
        elif ticket[0] not in orders:
            verdicts[place] = Verdict(scan.scan_id, "not_found")
        elif fault := _fault_of_time(scan.scanned_at, moment):
            verdicts[place] = Verdict(scan.scan_id, fault)
        else:
            taken[orders[ticket[0]]][place] = _shown(scan, ticket, caller.person)
    reused = _reused(taken)
    for chunk in _chunks(taken):
        shown = {place: scan for order in chunk for place, scan in taken[order].items()}
        for place in reused & shown.keys():
            verdicts[place] = Verdict(shown.pop(place).scan_id, "scan_id_reused")
        verdicts |= await _take_chunk(app[DATABASE], reach, shown)
    for verdict in verdicts.values():
        log_scan(verdict)
    return [verdicts[place] for place in range(len(batch))]


def _read_tickets(keys: TicketKeys, batch: Sequence[BatchedScan]) -> list[Ticket | None]:
    return [_read_ticket(keys, scan) for scan in batch]


def _read_ticket(keys: TicketKeys, scan: BatchedScan) -> Ticket | None:
    if scan.line_id is not None and scan.ordinal is not None:
        return scan.line_id, scan.ordinal
    try:
        ticket = keys.verify(scan.code or "")
    except NotGenuineError:
        return None
    return ticket.line_id, ticket.ordinal


def _fault_of_time(scanned_at: datetime, moment: datetime) -> VerdictOutcome | None:
    if scanned_at > moment + MOST_AHEAD:
        return "in_the_future"
    return "too_old" if scanned_at < moment - OLDEST else None


def _shown(scan: BatchedScan, ticket: Ticket, by: UUID) -> Shown:
    return Shown(
        scan_id=scan.scan_id,
        line_id=ticket[0],
        ordinal=ticket[1],
        gate=scan.gate,
        direction=scan.direction,
        at=scan.scanned_at.astimezone(UTC),
        on_any_day=scan.admit_on_another_day,
        by=by,
    )


def _reused(taken: Mapping[UUID, Mapping[int, Shown]]) -> set[int]:
    """Return which scans have the id of an earlier one of the batch, but another ticket."""
    shown = {place: scan for scans in taken.values() for place, scan in scans.items()}
    first: dict[UUID, Ticket] = {}
    return {
        place
        for place, scan in sorted(shown.items(), key=lambda item: item[0])
        if first.setdefault(scan.scan_id, scan.ticket) != scan.ticket
    }


def _chunks(orders: Collection[UUID]) -> Iterator[list[UUID]]:
    ordered = sorted(orders)
    for first in range(0, len(ordered), ORDERS_AT_ONCE):
        yield ordered[first : first + ORDERS_AT_ONCE]


async def _take_chunk(
    database: Database, reach: Reach, shown: Mapping[int, Shown]
) -> dict[int, Verdict]:
    """Take some orders' scans in; where that fails, ticket by ticket: one harms no other."""

    async def unit() -> list[Verdict]:
        async with transaction(database) as conn:
            return await take_scans(conn, reach, list(shown.values()))

    try:
        return dict(zip(shown, await retry_scans(unit), strict=True))
    except asyncpg.IntegrityConstraintViolationError as error:
        tickets = {scan.ticket for scan in shown.values()}
        if len(tickets) == 1:
            broken = {"line_id": str(next(iter(tickets))[0]), "constraint": error.constraint_name}
            _log.exception("ticket.scan_not_taken_in", **broken)
            return {place: Verdict(scan.scan_id, "not_taken_in") for place, scan in shown.items()}
    verdicts: dict[int, Verdict] = {}
    for ticket in sorted(tickets):
        alone = {place: scan for place, scan in shown.items() if scan.ticket == ticket}
        verdicts |= await _take_chunk(database, reach, alone)
    return verdicts

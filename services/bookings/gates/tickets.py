"""The tickets of an order: derived from its lines, signed, with what happened to each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from services.bookings.domain.party import Kind, admitted_by
from services.bookings.domain.ticket_code import Ticket
from services.bookings.gates.ticket_keys import TicketKeys
from services.bookings.views import LineView, OrderView
from shared.core.localized import LocalizedText
from shared.db import Connection, fetch_all
from shared.http.models import Reply

FIND_CHECK_INS: Final = """
select line_id, ordinal, checked_in_at from check_ins where line_id = any ($1::uuid[])
"""

TicketState = Literal["valid", "used", "cancelled"]


@dataclass(frozen=True, slots=True)
class CheckIn:
    """That a ticket was used, and when."""

    line_id: UUID
    ordinal: int
    checked_in_at: datetime


class TicketView(Reply):
    """One ticket: `code` is what its QR says; `admits` is how many people it lets in."""

    line_id: UUID
    ordinal: int
    code: str
    day: date
    nights: int
    starts_at: datetime
    ends_at: datetime
    name: LocalizedText
    venue_name: LocalizedText
    admits: int
    state: TicketState
    used_at: datetime | None


async def tickets_of(conn: Connection, order: OrderView, keys: TicketKeys) -> list[TicketView]:
    """Return the tickets of an order; one that was never confirmed has none.

    The tickets of a line that left its order, or was replaced by another, are cancelled. A line
    that waits for the payment of a change, or waited in vain, has none.
    """
    used = await check_ins_of(conn, [line.line_id for line in order.lines])
    if order.confirmed_at is None:
        return []
    return [
        _ticket(line, ordinal, used.get((line.line_id, ordinal)), keys)
        for line in order.lines
        if line.state != "held" and line.left_as != "lapsed"
        for ordinal in range(1, line.units + 1)
    ]


async def check_ins_of(
    conn: Connection, line_ids: list[UUID]
) -> Mapping[tuple[UUID, int], datetime]:
    """Return when which tickets of some lines were used."""
    rows = await fetch_all(conn, CheckIn, FIND_CHECK_INS, line_ids)
    return {(row.line_id, row.ordinal): row.checked_in_at for row in rows}


def last_day(kind: Kind, day: date, nights: int) -> date:
    """Return the last day on which the ticket lets somebody in; a stay's last is its departure."""
    return day + timedelta(days=nights) if kind == "stay" else day


def _ticket(line: LineView, ordinal: int, used_at: datetime | None, keys: TicketKeys) -> TicketView:
    ticket = Ticket(line.line_id, ordinal, last_day(line.kind, line.day, line.nights))
    state: TicketState = "used" if used_at else "valid"
    return TicketView(
        line_id=line.line_id,
        ordinal=ordinal,
        code=keys.sign(ticket),
        day=line.day,
        nights=line.nights,
        starts_at=line.starts_at,
        ends_at=line.ends_at,
        name=line.name,
        venue_name=line.venue_name,
        admits=admitted_by(line.kind, line.persons, line.units, ordinal),
        state="cancelled" if line.state == "released" else state,
        used_at=used_at,
    )

"""List who is expected at a venue on a day, and who has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.bookings.domain.party import Kind, admitted_by
from services.bookings.keys import CONTACT_SEALER
from services.bookings.paths import VenuePath
from services.bookings.tickets import check_ins_of
from services.bookings.views import PaymentMethod, contact_name
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.core.money import Fen
from shared.core.sealing import Sealer
from shared.db import acquire, fetch_all
from shared.http.access import OPERATOR, Caller
from shared.http.keys import DATABASE
from shared.http.models import Day, Query, Reply
from shared.http.route import route


class ArrivalsQuery(Query):
    """On which day; a stay arrives on its first day."""

    day: Day = Field(alias="date")


class ArrivalTicket(Reply):
    """One ticket of a party and whether it was used."""

    ordinal: int
    admits: int
    used_at: datetime | None


class Arrival(Reply):
    """One party: a confirmed order line of this venue."""

    order_code: str
    contact_name: str
    line_id: UUID
    offering_name: LocalizedText
    kind: Kind
    starts_at: datetime
    nights: int
    persons: int
    units: int
    payment_method: PaymentMethod
    price_fen: Fen
    tickets: list[ArrivalTicket]


class Arrivals(Reply):
    """The parties in the order of their beginning; `expected` and `arrived` count people."""

    items: list[Arrival]
    expected: int
    arrived: int


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """A confirmed line as it is stored, with its order's code and contact."""

    order_code: str
    contact_sealed: bytes
    line_id: UUID
    offering_name: LocalizedText
    kind: Kind
    starts_at: datetime
    nights: int
    persons: int
    units: int
    payment_method: PaymentMethod
    price_fen: int


FIND_OPERATOR: Final = "select organisation_id from venues where venue_id = $1"

FIND_ARRIVALS: Final = """
select
    orders.code as order_code, orders.contact_sealed, line_id, offering_name, kind, starts_at,
    nights, persons, units, orders.payment_method, price_fen
from order_lines
join orders using (order_id)
where venue_id = $1 and day = $2 and claim_state = 'kept'
order by starts_at, orders.code
"""


@route("GET", "/v1/venues/{venue_id}/arrivals", access=OPERATOR, errors=(NotFound,))
async def list_arrivals(
    request: web.Request, caller: Caller, path: VenuePath, query: ArrivalsQuery
) -> Arrivals:
    """List who is expected at a venue on a day. A venue of another operator is not found."""
    async with acquire(request.app[DATABASE]) as conn:
        operator = await conn.fetchval(FIND_OPERATOR, path.venue_id)
        if operator is None or not caller.is_of(operator):
            raise NotFound
        rows = await fetch_all(conn, ArrivalRow, FIND_ARRIVALS, path.venue_id, query.day)
        used = await check_ins_of(conn, [row.line_id for row in rows])
    items = [_arrival(row, used, request.app[CONTACT_SEALER]) for row in rows]
    tickets = [ticket for item in items for ticket in item.tickets]
    return Arrivals(
        items=items,
        expected=sum(ticket.admits for ticket in tickets),
        arrived=sum(ticket.admits for ticket in tickets if ticket.used_at),
    )


def _arrival(row: ArrivalRow, used: Mapping[tuple[UUID, int], datetime], sealer: Sealer) -> Arrival:
    return Arrival(
        order_code=row.order_code,
        contact_name=contact_name(row.contact_sealed, sealer),
        line_id=row.line_id,
        offering_name=row.offering_name,
        kind=row.kind,
        starts_at=row.starts_at,
        nights=row.nights,
        persons=row.persons,
        units=row.units,
        payment_method=row.payment_method,
        price_fen=row.price_fen,
        tickets=[
            ArrivalTicket(
                ordinal=ordinal,
                admits=admitted_by(row.kind, row.persons, row.units, ordinal),
                used_at=used.get((row.line_id, ordinal)),
            )
            for ordinal in range(1, row.units + 1)
        ],
    )

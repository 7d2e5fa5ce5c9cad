"""List who is expected at a venue on a day, who has come, and who stays on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.bookings.domain.party import Kind, admitted_by
from services.bookings.keys import CONTACT_SEALER
from services.bookings.money.cash import find_cash
from services.bookings.paths import VenuePath
from services.bookings.venue_access import check_works_at
from services.bookings.views import PaymentMethod, contact_name
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.core.masking import CodeEnd, masked_name
from shared.core.money import Fen
from shared.core.sealing import Sealer
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Day, Query, Reply
from shared.http.route import route


class ArrivalsQuery(Query):
    """On which day; a stay arrives on its first day."""

    day: Day = Field(alias="date")


class ArrivalTicket(Reply):
    """One ticket of a party and whether it was used; `left_at` until its people come again."""

    ordinal: int
    admits: int
    used_at: datetime | None
    left_at: datetime | None


class ArrivalOption(Reply):
    """How many units a party has of one sort: pitches of a type, tables of a size."""

    code: str
    name: LocalizedText | None
    units: int


class Arrival(Reply):
    """One party: a confirmed order line of this venue.

    `options` says which pitches or tables it has, where the offering tells them apart. `due_fen`
    is what is still to be paid for the line at the venue, `overpaid_fen` what was taken there
    beyond its price, since it was changed: to be given back.
    """

    order_id: UUID
    order_code: CodeEnd
    contact_name: str
    line_id: UUID
    offering_name: LocalizedText
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    nights: int
    persons: int
    units: int
    options: list[ArrivalOption]
    payment_method: PaymentMethod
    price_fen: Fen
    due_fen: Fen
    overpaid_fen: Fen
    tickets: list[ArrivalTicket]


class Arrivals(Reply):
    """The parties in the order of their beginning; `expected` and `arrived` count people.

    `due_fen` is what they have to pay at the venue, together. `staying` are guests of earlier
    days who are there the night through; they are not counted.
    """

    items: list[Arrival]
    expected: int
    arrived: int
    due_fen: Fen
    staying: list[Arrival]


@dataclass(frozen=True, slots=True)
class UsedTicket:
    """A ticket that was checked in."""

    ordinal: int
    used_at: datetime
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """A confirmed line as it is stored, with its order's code and contact."""

    order_id: UUID
    order_code: str
    contact_sealed: bytes
    line_id: UUID
    offering_name: LocalizedText
    kind: Kind
    day: date
    starts_at: datetime
    ends_at: datetime
    nights: int
    persons: int
    units: int
    options: list[ArrivalOption]
    payment_method: PaymentMethod
    price_fen: int
    used: list[UsedTicket]


# The longest stay is of 30 nights.
FIND_ARRIVALS: Final = """
select
    orders.order_id, orders.code as order_code, orders.contact_sealed, line.line_id,
    line.offering_name, line.kind, line.day, line.starts_at, line.ends_at, line.nights,
    line.persons, line.units, chosen.options, orders.payment_method, line.price_fen,
    came.used
from order_lines as line
join orders using (order_id)
cross join lateral (
    select coalesce(
        jsonb_agg(
            jsonb_build_object('code', unit.key, 'units', unit.value, 'name', option -> 'name')
            order by unit.key
        ),
        '[]'
    ) as options
    from jsonb_each(line.options) as unit
    left join offering_editions as edition
        on edition.offering_id = line.offering_id and edition.version = line.offering_version
    left join lateral jsonb_array_elements(edition.terms -> 'options') as option
        on option ->> 'code' = unit.key
) as chosen
cross join lateral (
    select coalesce(
        jsonb_agg(
            jsonb_build_object('ordinal', ordinal, 'used_at', checked_in_at, 'left_at', left_at)
        ),
        '[]'
    ) as used
    from check_ins
    where check_ins.line_id = line.line_id
) as came
where line.venue_id = $1
    and line.day between $2::date - 30 and $2::date
    and (line.day = $2::date or line.kind = 'stay' and line.day + line.nights > $2::date)
    and line.claim_state = 'kept'
order by line.starts_at, orders.code, line.position
"""


@route("GET", "/v1/venues/{venue_id}/arrivals", access=may("arrivals.read"), errors=(NotFound,))
async def list_arrivals(
    request: web.Request, caller: Caller, path: VenuePath, query: ArrivalsQuery
) -> Arrivals:
    """List who is expected at a venue on a day, and who stays on from earlier days.

    Names are masked; whoever needs one in full says why at `POST /v1/venues/{id}/contact-reads`.
    A venue of another operator is not found.
    """
    async with acquire(request.app[DATABASE]) as conn:
        await check_works_at(conn, path.venue_id, caller, "arrivals.read")
        rows = await fetch_all(conn, ArrivalRow, FIND_ARRIVALS, path.venue_id, query.day)
        cash = await find_cash(conn, [row.line_id for row in rows])
    sealer = request.app[CONTACT_SEALER]
    arrivals = [_arrival(row, sealer, cash.get(row.line_id, 0)) for row in rows]
    items = [item for row, item in zip(rows, arrivals, strict=True) if row.day == query.day]
    tickets = [ticket for item in items for ticket in item.tickets]
    return Arrivals(
        items=items,
        expected=sum(ticket.admits for ticket in tickets),
        arrived=sum(ticket.admits for ticket in tickets if ticket.used_at),
        due_fen=sum(item.due_fen for item in items),
        staying=[item for row, item in zip(rows, arrivals, strict=True) if row.day < query.day],
    )


def _arrival(row: ArrivalRow, sealer: Sealer, cash_fen: int) -> Arrival:
    # What is paid otherwise is not due at the venue.
    due_fen = row.price_fen - cash_fen if row.payment_method == "on_site" else 0
    return Arrival(
        order_id=row.order_id,
        order_code=row.order_code,
        contact_name=masked_name(contact_name(row.contact_sealed, sealer)),
        line_id=row.line_id,
        offering_name=row.offering_name,
        kind=row.kind,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        nights=row.nights,
        persons=row.persons,
        units=row.units,
        options=row.options,
        payment_method=row.payment_method,
        price_fen=row.price_fen,
        due_fen=max(0, due_fen),
        overpaid_fen=max(0, -due_fen),
        tickets=_tickets(row),
    )


def _tickets(row: ArrivalRow) -> list[ArrivalTicket]:
    used = {ticket.ordinal: ticket for ticket in row.used}
    return [
        ArrivalTicket(
            ordinal=ordinal,
            admits=admitted_by(row.kind, row.persons, row.units, ordinal),
            used_at=used[ordinal].used_at if ordinal in used else None,
            left_at=used[ordinal].left_at if ordinal in used else None,
        )
        for ordinal in range(1, row.units + 1)
    ]

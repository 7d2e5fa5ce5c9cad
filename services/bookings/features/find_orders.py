"""Find bookings at one's own venue, by what a guest says: a code, a phone's end, a day."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.domain.party import Kind, TicketType
from services.bookings.errors import TooManyPhoneSearches
from services.bookings.guesses import Secret, guessing
from services.bookings.keys import CONTACT_SEALER
from services.bookings.paths import VenuePath
from services.bookings.venue_access import check_works_at
from services.bookings.views import OrderState, PaymentMethod, SealedContact, open_contact
from shared.core.errors import NotFound
from shared.core.ids import normalise_order_code
from shared.core.localized import LocalizedText
from shared.core.masking import CodeEnd, masked_name
from shared.core.money import Fen
from shared.core.sealing import Sealer
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Day, Query, Reply
from shared.http.route import route

# Of one person at a venue, and of all its people; who arrives is found, and counts for nothing.
GUEST_PHONE: Final = Secret("guest_phone", tries=30, tries_of_all=90, refusal=TooManyPhoneSearches)
MOST_FOUND: Final = 100
# Phone numbers are sealed, so their ends are compared one by one, in a thread of their own.
MOST_OPENED: Final = 5000


class FindOrdersQuery(Query):
    """What is known: a code, the last four digits of a phone, the line's first day.

    One is enough, and all that are given have to fit. Without a code or a day, lines from
    yesterday on are looked through.
    """

    code: Annotated[str, StringConstraints(max_length=40)] | None = None
    last_four: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    day: Day | None = None

    @model_validator(mode="after")
    def _something_to_go_by(self) -> "FindOrdersQuery":
        if self.code is None and self.last_four is None and self.day is None:
            raise PydanticCustomError("nothing_to_find_by", "Give code, last_four or day")
        return self


class FoundLine(Reply):
    """A line at this venue, and of its order no more than the gate needs.

    `left_as` tells that it left its order: cancelled, changed to another one, or never paid for.
    """

    order_code: CodeEnd
    order_state: OrderState
    payment_method: PaymentMethod | None
    contact_name: str
    line_id: UUID
    offering_name: LocalizedText
    kind: Kind
    day: date
    nights: int
    starts_at: datetime
    ends_at: datetime
    tickets: dict[TicketType, int]
    persons: int
    units: int
    price_fen: Fen
    state: Literal["held", "kept", "released"]
    left_as: Literal["cancelled", "changed", "lapsed"] | None


class FoundLines(Reply):
    """The lines that fit, by their beginning. Not `complete`: ask more precisely."""

    items: list[FoundLine]
    complete: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line as it is stored, with its order's contact."""

    order_code: str
    order_state: OrderState
    payment_method: PaymentMethod | None
    contact_sealed: bytes
    line_id: UUID
    offering_name: LocalizedText
    kind: Kind
    day: date
    nights: int
    starts_at: datetime
    ends_at: datetime
    tickets: dict[TicketType, int]
    persons: int
    units: int
    price_fen: int
    state: Literal["held", "kept", "released"]
    left_as: Literal["cancelled", "changed", "lapsed"] | None


FIND_LINES: Final = """
select
    orders.code as order_code, orders.state as order_state, orders.payment_method,
    orders.contact_sealed, line_id, offering_name, kind, day, nights, starts_at, ends_at, tickets,
    persons, units, price_fen, claim_state as state, left_as
from order_lines
join orders using (order_id)
where venue_id = $1
    and ($2::text is null or orders.code = $2)
    and (
        day = $3
        or ($3::date is null and ($2::text is not null or day >= current_date - 1))
    )
order by starts_at, orders.code, position
limit $4
"""


@route(
    "GET",
    "/v1/venues/{venue_id}/orders",
    access=may("order.serve"),
    errors=(NotFound, TooManyPhoneSearches),
)
async def find_orders(
    request: web.Request, caller: Caller, path: VenuePath, query: FindOrdersQuery
) -> FoundLines:
    """Find lines at a venue of the caller's. A venue of another operator is not found.

    Of an order that goes to several venues, only the lines at this one are shown, of its name the
    first character, and of its code the end. By `last_four` one person finds nothing at a venue 30
    times an hour, all its people 90 times, and then they search by it no more; an API key never
    does (docs/domain.md rule 14).
    """
    async with acquire(request.app[DATABASE]) as conn:
        await check_works_at(conn, path.venue_id, caller, "order.serve")
    if query.last_four is None:
        return await _find(request.app, path.venue_id, query)
    if caller.is_program:
        raise NotFound
    async with guessing(request.app, GUEST_PHONE, str(path.venue_id), caller.key) as guess:
        found = await _find(request.app, path.venue_id, query)
        guess.right = bool(found.items)
    return found


async def _find(app: web.Application, venue_id: UUID, query: FindOrdersQuery) -> FoundLines:
    code = normalise_order_code(query.code) if query.code is not None else None
    if query.code is not None and code is None:
        # Its check character is wrong: no order has such a code.
        return FoundLines(items=[], complete=True)
    most = MOST_FOUND if query.last_four is None else MOST_OPENED
    async with acquire(app[DATABASE]) as conn:
        rows = await fetch_all(conn, LineRow, FIND_LINES, venue_id, code, query.day, most + 1)
    sealer = app[CONTACT_SEALER]
    items = await asyncio.to_thread(_fitting, rows[:most], query.last_four, sealer)
    return FoundLines(
        items=items[:MOST_FOUND], complete=len(rows) <= most and len(items) <= MOST_FOUND
    )


def _fitting(rows: Iterable[LineRow], last_four: str | None, sealer: Sealer) -> list[FoundLine]:
    opened = ((row, open_contact(row.contact_sealed, sealer)) for row in rows)
    return [
        _line(row, contact)
        for row, contact in opened
        if last_four is None or (contact.phone or "").endswith(last_four)
    ]


def _line(row: LineRow, contact: SealedContact) -> FoundLine:
    return FoundLine(
        order_code=row.order_code,
        order_state=row.order_state,
        payment_method=row.payment_method,
        contact_name=masked_name(contact.name),
        line_id=row.line_id,
        offering_name=row.offering_name,
        kind=row.kind,
        day=row.day,
        nights=row.nights,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        tickets=row.tickets,
        persons=row.persons,
        units=row.units,
        price_fen=row.price_fen,
        state=row.state,
        left_as=row.left_as,
    )

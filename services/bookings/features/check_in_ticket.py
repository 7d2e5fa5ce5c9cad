"""Check a ticket in at the gate, once."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.domain.party import Kind, admitted_by
from services.bookings.domain.ticket_code import NotGenuineError
from services.bookings.errors import (
    TicketAlreadyUsed,
    TicketCancelled,
    TicketForAnotherDay,
    TicketNotGenuine,
)
from services.bookings.keys import CONTACT_SEALER, TICKET_KEYS
from services.bookings.tickets import last_day
from services.bookings.views import contact_name
from shared.contracts.bookings import TicketCheckedIn
from shared.core.clock import instant_text, today
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.core.sealing import Sealer
from shared.db import Connection, fetch_first, fetch_one, retry, transaction
from shared.http.access import OPERATOR, Caller
from shared.http.idempotency import Idempotency
from shared.http.keys import CLOCK, DATABASE
from shared.http.models import Body, Reply
from shared.http.route import route
from shared.messaging import outbox


class CheckInTicket(Body):
    """A ticket: `code` as its QR says, or `line_id` and `ordinal` from the list of arrivals.

    `admit_on_another_day` lets somebody in whose ticket is not for today.
    """

    code: Annotated[str, StringConstraints(max_length=200)] | None = None
    line_id: UUID | None = None
    ordinal: Annotated[int, Field(ge=1, le=1000)] | None = None
    admit_on_another_day: bool = False

    @model_validator(mode="after")
    def _one_way_to_name_it(self) -> "CheckInTicket":
        listed = self.line_id is not None and self.ordinal is not None
        half = (self.line_id is None) != (self.ordinal is None)
        if half or listed == (self.code is not None):
            raise PydanticCustomError("ticket_named", "Give code, or line_id and ordinal")
        return self


class CheckInView(Reply):
    """Who came in: `persons` is how many this ticket admits."""

    line_id: UUID
    ordinal: int
    order_code: str
    contact_name: str
    name: LocalizedText
    venue_name: LocalizedText
    day: date
    persons: int
    checked_in_at: datetime


@dataclass(frozen=True, slots=True)
class TicketLine:
    """The order line of a ticket, with its locked order."""

    line_id: UUID
    order_id: UUID
    code: str
    state: str
    contact_sealed: bytes
    organisation_id: UUID
    kind: Kind
    name: LocalizedText
    venue_name: LocalizedText
    day: date
    nights: int
    persons: int
    units: int
    claim_state: str


class CheckedIn(Reply):
    """What the check-in left behind; also what is kept of its answer for repeats."""

    checked_in_at: datetime
    version: int


# The order's lock first; what is read after it is what the lock's last holder committed.
LOCK_ORDER: Final = """
select 1
from orders
where order_id = (select order_id from order_lines where line_id = $1)
for update
"""

FIND_LINE: Final = """
select
    line_id, order_id, orders.code, orders.state, orders.contact_sealed, organisation_id, kind,
    offering_name as name, venue_name, day, nights, persons, units, claim_state
from order_lines
join orders using (order_id)
where line_id = $1
"""

FIND_EARLIER: Final = "select checked_in_at from check_ins where line_id = $1 and ordinal = $2"

CHECK_IN: Final = """
with admitted as (
    insert into check_ins (line_id, ordinal, persons, checked_in_by)
    values ($1, $2, $3, $4)
    returning checked_in_at
)
update orders
set version = version + 1
from admitted
where order_id = $5
returning admitted.checked_in_at, orders.version
"""


@route(
    "POST",
    "/v1/check-ins",
    access=OPERATOR,
    status=201,
    idempotent=True,
    errors=(NotFound, TicketNotGenuine, TicketCancelled, TicketForAnotherDay, TicketAlreadyUsed),
)
async def check_in_ticket(
    request: web.Request, caller: Caller, body: CheckInTicket, idempotency: Idempotency | None
) -> CheckInView:
    """Check a ticket in, once, at the venue that it is for.

    A gate that sends an Idempotency-Key may repeat its request when the answer was lost.
    Two gates that show the same ticket at once admit one. A ticket of another operator is not
    found. A ticket for another day is refused until the operator says to admit it all the same.
    """
    line_id, ordinal = _named(request.app, body)
    day = None if body.admit_on_another_day else today(request.app[CLOCK])

    async def unit() -> CheckInView:
        async with transaction(request.app[DATABASE]) as conn:
            await conn.execute(LOCK_ORDER, line_id)
            line = await fetch_first(conn, TicketLine, FIND_LINE, line_id)
            if line is None or not caller.is_of(line.organisation_id) or ordinal > line.units:
                raise NotFound
            done = await idempotency.earlier(conn, CheckedIn) if idempotency else None
            if done is None:
                await _check(conn, line, ordinal, day)
                done = await _admit(conn, line, ordinal, caller.person)
                if idempotency:
                    await idempotency.keep(conn, done)
            return _view(line, ordinal, done, request.app[CONTACT_SEALER])

    return await retry(unit)


def _named(app: web.Application, body: CheckInTicket) -> tuple[UUID, int]:
    """Return the line and ordinal of the ticket that is shown. Raises TicketNotGenuine."""
    if body.line_id is not None and body.ordinal is not None:
        return body.line_id, body.ordinal
    try:
        ticket = app[TICKET_KEYS].verify(body.code or "")
    except NotGenuineError as error:
        raise TicketNotGenuine from error
    return ticket.line_id, ticket.ordinal


async def _check(conn: Connection, line: TicketLine, ordinal: int, day: date | None) -> None:
    """Refuse a ticket that lets nobody in: cancelled, used, or not for `day`, if one is given."""
    if line.state not in ("confirmed", "completed") or line.claim_state != "kept":
        raise TicketCancelled
    earlier = await conn.fetchval(FIND_EARLIER, line.line_id, ordinal)
    if earlier is not None:
        raise TicketAlreadyUsed(checked_in_at=instant_text(earlier))
    if day and not line.day <= day <= last_day(line.kind, line.day, line.nights):
        raise TicketForAnotherDay(day=line.day.isoformat())


async def _admit(
    conn: Connection, line: TicketLine, ordinal: int, checked_in_by: UUID
) -> CheckedIn:
    persons = admitted_by(line.kind, line.persons, line.units, ordinal)
    done = await fetch_one(
        conn, CheckedIn, CHECK_IN, line.line_id, ordinal, persons, checked_in_by, line.order_id
    )
    event = TicketCheckedIn(
        order_id=line.order_id,
        line_id=line.line_id,
        ordinal=ordinal,
        persons=persons,
        checked_in_at=done.checked_in_at,
    )
    await outbox.add(conn, event, subject=line.order_id, version=done.version)
    return done


def _view(line: TicketLine, ordinal: int, done: CheckedIn, sealer: Sealer) -> CheckInView:
    return CheckInView(
        line_id=line.line_id,
        ordinal=ordinal,
        order_code=line.code,
        contact_name=contact_name(line.contact_sealed, sealer),
        name=line.name,
        venue_name=line.venue_name,
        day=line.day,
        persons=admitted_by(line.kind, line.persons, line.units, ordinal),
        checked_in_at=done.checked_in_at,
    )

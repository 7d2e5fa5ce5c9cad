"""Place an order: several offerings at several venues, all of them or none."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from annotated_types import Len
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.bookings import engine
from services.bookings.domain.lines import PlannedLine, WantedLine, accepted_payment
from services.bookings.domain.party import (
    MOST_LINES,
    MOST_NIGHTS,
    MOST_PERSONS,
    TicketType,
    persons_in,
)
from services.bookings.errors import (
    DayIsFull,
    LineTimeMismatch,
    OfferingNotOnSale,
    PaymentMethodNotAccepted,
    PoolExhausted,
    PriceChanged,
    SlotNotAvailable,
    TicketTypeUnknown,
    TooManyHolds,
)
from services.bookings.keys import CONTACT_SEALER, HOLD_MINUTES
from services.bookings.planning import plan_lines
from services.bookings.tellings import tell_confirmed
from services.bookings.views import (
    CONTACT_PURPOSE,
    OrderView,
    PaymentMethod,
    SealedContact,
    load_orders,
)
from shared.contracts.bookings import OrderHeld
from shared.core.ids import order_code
from shared.core.money import MOST_FEN
from shared.db import Connection, retry, transaction
from shared.http.access import SIGNED_IN, Caller
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body, Day, Instant, PersonName, Reply
from shared.http.route import route
from shared.messaging import outbox

MOST_HOLDS: Final = 3

TicketCount = Annotated[int, Field(ge=1, le=MOST_PERSONS)]


class LineRequest(Body):
    """One offering at one time: `starts_at` for a session, `date` and `nights` for a stay."""

    offering_id: UUID
    starts_at: Instant | None = None
    first_night: Day | None = Field(None, alias="date")
    nights: Annotated[int, Field(ge=1, le=MOST_NIGHTS)] | None = None
    tickets: Annotated[dict[TicketType, TicketCount], Len(1)]

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> "LineRequest":
        stay = self.first_night is not None and self.nights is not None
        session = self.starts_at is not None
        half = (self.first_night is None) != (self.nights is None)
        if half or stay == session:
            raise PydanticCustomError("line_time", "Give starts_at, or date and nights")
        if persons_in(self.tickets) > MOST_PERSONS:
            raise PydanticCustomError("party_too_large", "The party is too large")
        return self


class ContactRequest(Body):
    """Whom the gate expects. How to reach them is known to their account."""

    name: PersonName


class PlaceOrder(Body):
    """An order. Without `payment_method` its places are only held for some minutes."""

    lines: Annotated[list[LineRequest], Len(1, MOST_LINES)]
    contact: ContactRequest
    payment_method: PaymentMethod | None = None
    expected_total_fen: Annotated[int, Field(ge=0, le=MOST_FEN)] | None = None


class PlacedOrder(Reply):
    """What is kept of an answer for its repeats: the order, and no personal data."""

    order_id: UUID


# One request of an account at a time counts its holds; the lock ends with the transaction.
LOCK_HOLDS: Final = "select pg_advisory_xact_lock(hashtextextended('bookings.holds ' || $1, 0))"
COUNT_HOLDS: Final = """
select count(*) from orders where account_id = $1 and state = 'held' and hold_expires_at > now()
"""

INSERT_ORDER: Final = """
insert into orders (
    order_id, code, account_id, state, accepted_payment, payment_method, total_fen,
    contact_sealed, hold_expires_at, confirmed_at
)
values (
    $1, $2, $3, $4, $5, $6, $7, $8,
    case when $4 = 'held' then now() + make_interval(mins => $9) end,
    case when $4 = 'confirmed' then now() end
)
on conflict on constraint orders_code_key do nothing
returning code
"""

INSERT_LINES: Final = """
insert into order_lines (
    line_id, order_id, position, offering_id, venue_id, organisation_id, village_id, kind,
    offering_name, venue_name, village_name, address, day, nights, starts_at, ends_at, tickets,
    persons, units, price_fen, pool_ids, quantities, claim_state
)
select
    line_id, $1, position, offering_id, venue_id, organisation_id, village_id, kind,
    offering_name, venue_name, village_name, address, day, nights, starts_at, ends_at, tickets,
    persons, units, price_fen, pool_ids, quantities, $3
from jsonb_to_recordset($2::jsonb) as line (
    line_id uuid, position smallint, offering_id uuid, venue_id uuid, organisation_id uuid,
    village_id uuid, kind text, offering_name jsonb, venue_name jsonb, village_name jsonb,
    address jsonb, day date, nights smallint, starts_at timestamptz, ends_at timestamptz,
    tickets jsonb, persons integer, units integer, price_fen bigint, pool_ids bigint[],
    quantities integer[]
)
"""


@route(
    "POST",
    "/v1/orders",
    access=SIGNED_IN,
    status=201,
    idempotent=True,
    errors=(
        LineTimeMismatch,
        OfferingNotOnSale,
        PaymentMethodNotAccepted,
        PoolExhausted,
        PriceChanged,
        SlotNotAvailable,
        TicketTypeUnknown,
        TooManyHolds,
        DayIsFull,
    ),
)
async def place_order(
    request: web.Request, caller: Caller, body: PlaceOrder, idempotency: Idempotency
) -> OrderView:
    """Place an order: all of its lines get their places, or none does.

    Prices are the server's; `expected_total_fen` is what the visitor saw, and another total is
    refused. With a payment method the order is confirmed at once; without one it is held for a
    few minutes by the database's clock and waits for its payment.
    """

    async def unit() -> OrderView:
        async with transaction(request.app[DATABASE]) as conn:
            sealer = request.app[CONTACT_SEALER]
            if earlier := await idempotency.earlier(conn, PlacedOrder):
                [view] = await load_orders(conn, sealer, [earlier.order_id])
                return view
            if body.payment_method is None:
                await _check_holds(conn, caller.person)
            planned = await plan_lines(conn, [_wanted(line) for line in body.lines])
            _check_price_and_payment(planned, body)
            await _take_places(conn, planned)
            order_id = await _store(request.app, conn, caller.person, body, planned)
            [view] = await load_orders(conn, sealer, [order_id])
            await _tell(conn, caller.person, view)
            await idempotency.keep(conn, PlacedOrder(order_id=order_id))
            return view

    return await retry(unit)


async def _check_holds(conn: Connection, account_id: UUID) -> None:
    """Refuse one more hold of somebody who has many: holds cost nothing, and keep others out."""
    await conn.execute(LOCK_HOLDS, str(account_id))
    if await conn.fetchval(COUNT_HOLDS, account_id) >= MOST_HOLDS:
        raise TooManyHolds(most=MOST_HOLDS)


def _wanted(line: LineRequest) -> WantedLine:
    return WantedLine(line.offering_id, line.starts_at, line.first_night, line.nights, line.tickets)


def _check_price_and_payment(planned: Sequence[PlannedLine], body: PlaceOrder) -> None:
    total_fen = sum(line.price_fen for line in planned)
    if body.expected_total_fen not in (None, total_fen):
        raise PriceChanged(total_fen=total_fen)
    accepted = accepted_payment(planned)
    if body.payment_method not in (None, accepted):
        raise PaymentMethodNotAccepted(accepted=[accepted])


async def _take_places(conn: Connection, planned: Sequence[PlannedLine]) -> None:
    refusals = await engine.take(conn, [[claim for line in planned for claim in line.claims]])
    for refusal in refusals:
        raise _no_room(planned, refusal)


def _no_room(planned: Sequence[PlannedLine], refusal: engine.Refusal) -> PoolExhausted | DayIsFull:
    """Return the error for the first line that wants the pool that was too short."""
    number, line = next(
        (number, line)
        for number, line in enumerate(planned)
        if any(claim.pool_id == refusal.short_pool_id for claim in line.claims)
    )
    error = PoolExhausted if refusal.short_pool_id in line.own_pools else DayIsFull
    return error(line=number, offering_id=str(line.offered.offering_id), left=refusal.places_left)


async def _store(
    app: web.Application,
    conn: Connection,
    account_id: UUID,
    body: PlaceOrder,
    planned: Sequence[PlannedLine],
) -> UUID:
    ids = app[IDS]
    order_id = ids.new()
    state = "held" if body.payment_method is None else "confirmed"
    contact = SealedContact(name=body.contact.name)
    sealed = app[CONTACT_SEALER].seal(contact.model_dump_json(), CONTACT_PURPOSE)
    # A code that exists already is drawn again; with 35 random bits that is rare.
    while not await conn.fetchval(
        INSERT_ORDER,
        order_id,
        order_code(),
        account_id,
        state,
        accepted_payment(planned),
        body.payment_method,
        sum(line.price_fen for line in planned),
        sealed,
        app[HOLD_MINUTES],
    ):
        continue
    rows = [_row(ids.new(), position, line) for position, line in enumerate(planned)]
    await conn.execute(INSERT_LINES, order_id, rows, "held" if state == "held" else "kept")
    return order_id


def _row(line_id: UUID, position: int, line: PlannedLine) -> dict[str, object]:
    offered = line.offered
    return {
        "line_id": line_id,
        "position": position,
        "offering_id": offered.offering_id,
        "venue_id": offered.venue_id,
        "organisation_id": offered.organisation_id,
        "village_id": offered.village_id,
        "kind": offered.kind,
        "offering_name": offered.offering_name,
        "venue_name": offered.venue_name,
        "village_name": offered.village_name,
        "address": offered.address,
        "day": line.day,
        "nights": line.nights,
        "starts_at": line.starts_at,
        "ends_at": line.ends_at,
        "tickets": line.tickets,
        "persons": line.persons,
        "units": line.units,
        "price_fen": line.price_fen,
        "pool_ids": [claim.pool_id for claim in line.claims],
        "quantities": [claim.quantity for claim in line.claims],
    }


async def _tell(conn: Connection, account_id: UUID, order: OrderView) -> None:
    if order.hold_expires_at is None:
        await tell_confirmed(conn, order, account_id)
        return
    event = OrderHeld(
        order_id=order.order_id, account_id=account_id, hold_expires_at=order.hold_expires_at
    )
    await outbox.add(conn, event, subject=order.order_id, version=order.version)

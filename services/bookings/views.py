"""How an order is shown to people and services: the order, its lines, its contact's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.bookings.domain.party import Kind, TicketType
from services.bookings.domain.price import BreakdownItem
from shared.contracts.terms import DayType, PaymentPolicy
from shared.core.localized import LocalizedText
from shared.core.money import Fen
from shared.core.sealing import Sealer
from shared.db import Connection, fetch_all
from shared.http.models import Reply

CONTACT_PURPOSE: Final = "order.contact"

SELECT_ORDERS: Final = """
select
    order_id, code, account_id, state, accepted_payment, payment_method, total_fen, contact_sealed,
    placed_at, hold_expires_at, confirmed_at, cancelled_at, version,
    paid.paid_fen, paid.refunded_fen,
    (select role from assisted_orders where order_id = orders.order_id) as booked_by
from orders
cross join lateral (
    select
        coalesce(sum(captured_fen), 0)::bigint as paid_fen,
        coalesce(sum(refunded_fen), 0)::bigint as refunded_fen
    from payments
    where payments.order_id = orders.order_id and state = 'captured'
) as paid
where order_id = any ($1::uuid[])
order by order_id desc
"""

SELECT_LINES: Final = """
select
    order_id, line_id, offering_id, venue_id, village_id, kind, offering_name as name, venue_name,
    village_name, address, day, day_type, nights, starts_at, ends_at, tickets, persons, units,
    options, price_fen, breakdown, claim_state as state, left_as, replaces_line_id,
    case when claim_state = 'held' then held_until end as held_until
from order_lines
where order_id = any ($1::uuid[])
order by order_id, position
"""

OrderState = Literal["held", "confirmed", "completed", "cancelled", "expired", "no_show"]
PaymentMethod = Literal["free", "on_site", "sandbox", "wechatpay", "alipay"]
BookingRole = Literal["helper", "organiser"]


class SealedContact(BaseModel):
    """Who can be reached about an order, as it lies sealed in the database."""

    model_config = ConfigDict(frozen=True)

    name: str
    phone: str | None = None


# What stands in place of somebody who was forgotten.
ERASED_CONTACT: Final = SealedContact(name="-")


class LineView(Reply):
    """One line of an order.

    `units` are what has a ticket: pitches of a stay, seatings of a table, people of all else;
    `options` says which pitches or tables. `left_as` tells that the line left an order that went
    on without it; `replaces_line_id` that it came in another one's place, or will if what it costs
    more is paid until `held_until`.
    """

    line_id: UUID
    offering_id: UUID
    venue_id: UUID
    village_id: UUID
    kind: Kind
    name: LocalizedText
    venue_name: LocalizedText
    village_name: LocalizedText
    address: LocalizedText
    day: date
    day_type: DayType | None
    nights: int
    starts_at: datetime
    ends_at: datetime
    tickets: dict[TicketType, int]
    persons: int
    units: int
    options: dict[str, int]
    price_fen: Fen
    breakdown: list[BreakdownItem]
    state: Literal["held", "kept", "released"]
    left_as: Literal["cancelled", "changed", "lapsed"] | None
    replaces_line_id: UUID | None
    held_until: datetime | None = None


class OrderView(Reply):
    """One order with its lines, as its visitor sees it.

    `accepted_payment` is how it may be paid: `free`, `on_site` (at the venue or in advance) or
    `online` (in advance). `booked_by` says that a village's helper or a company's organiser booked
    for somebody else. `paid_fen` is what was paid in advance, `refunded_fen` what of it goes
    back, whether it has arrived yet or not.
    """

    order_id: UUID
    code: str
    state: OrderState
    total_fen: Fen
    accepted_payment: PaymentPolicy
    payment_method: PaymentMethod | None
    paid_fen: Fen
    refunded_fen: Fen
    placed_at: datetime
    hold_expires_at: datetime | None
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    contact_name: str
    lines: list[LineView]
    version: int
    booked_by: BookingRole | None = None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it is stored."""

    order_id: UUID
    code: str
    account_id: UUID
    state: OrderState
    accepted_payment: PaymentPolicy
    payment_method: PaymentMethod | None
    total_fen: int
    paid_fen: int
    refunded_fen: int
    contact_sealed: bytes
    placed_at: datetime
    hold_expires_at: datetime | None
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    version: int
    booked_by: BookingRole | None


class StoredLine(LineView):
    """A line together with the order that it belongs to."""

    order_id: UUID


async def load_orders(
    conn: Connection, sealer: Sealer, order_ids: Sequence[UUID]
) -> list[OrderView]:
    """Return orders with their lines, newest first, in two statements however many there are."""
    rows = await fetch_all(conn, OrderRow, SELECT_ORDERS, order_ids)
    lines = await fetch_all(conn, StoredLine, SELECT_LINES, order_ids)
    return [
        show_order(row, [line for line in lines if line.order_id == row.order_id], sealer)
        for row in rows
    ]


def show_order(row: OrderRow, lines: Sequence[StoredLine], sealer: Sealer) -> OrderView:
    """Return the view of one stored order."""
    return OrderView(
        order_id=row.order_id,
        code=row.code,
        state=row.state,
        total_fen=row.total_fen,
        accepted_payment=row.accepted_payment,
        payment_method=row.payment_method,
        paid_fen=row.paid_fen,
        refunded_fen=row.refunded_fen,
        placed_at=row.placed_at,
        hold_expires_at=row.hold_expires_at if row.state == "held" else None,
        confirmed_at=row.confirmed_at,
        cancelled_at=row.cancelled_at,
        contact_name=contact_name(row.contact_sealed, sealer),
        lines=[LineView(**line.model_dump(exclude={"order_id"})) for line in lines],
        version=row.version,
        booked_by=row.booked_by,
    )


def contact_name(sealed: bytes, sealer: Sealer) -> str:
    """Return the name that the visitor gave for the gate."""
    return open_contact(sealed, sealer).name


def open_contact(sealed: bytes, sealer: Sealer) -> SealedContact:
    """Return the contact of an order; one that was erased has neither name nor number."""
    if not sealed:
        return ERASED_CONTACT
    return SealedContact.model_validate_json(sealer.open(sealed, CONTACT_PURPOSE))


def seal_contact(contact: SealedContact, sealer: Sealer) -> bytes:
    """Return a contact as it is stored."""
    return sealer.seal(contact.model_dump_json(), CONTACT_PURPOSE)

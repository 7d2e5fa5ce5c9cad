"""How an order is shown to people and services: the order, its lines, its contact's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.bookings.domain.party import Kind, TicketType
from shared.core.localized import LocalizedText
from shared.core.money import Fen
from shared.core.sealing import Sealer
from shared.db import Connection, fetch_all
from shared.http.models import Reply

CONTACT_PURPOSE: Final = "order.contact"

SELECT_ORDERS: Final = """
select
    order_id, code, account_id, state, accepted_payment, payment_method, total_fen, contact_sealed,
    placed_at, hold_expires_at, confirmed_at, cancelled_at, version
from orders
where order_id = any ($1::uuid[])
order by order_id desc
"""

SELECT_LINES: Final = """
select
    order_id, line_id, offering_id, venue_id, village_id, kind, offering_name as name, venue_name,
    village_name, address, day, nights, starts_at, ends_at, tickets, persons, units, price_fen,
    claim_state as state
from order_lines
where order_id = any ($1::uuid[])
order by order_id, position
"""

OrderState = Literal["held", "confirmed", "completed", "cancelled", "expired", "no_show"]
PaymentMethod = Literal["free", "on_site"]


class SealedContact(BaseModel):
    """Who can be reached about an order, as it lies sealed in the database."""

    model_config = ConfigDict(frozen=True)

    name: str


class LineView(Reply):
    """One line of an order; `units` are pitches of a stay and seats of a session."""

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
    nights: int
    starts_at: datetime
    ends_at: datetime
    tickets: dict[TicketType, int]
    persons: int
    units: int
    price_fen: Fen
    state: Literal["held", "kept", "released"]


class OrderView(Reply):
    """One order with its lines, as its visitor sees it."""

    order_id: UUID
    code: str
    state: OrderState
    total_fen: Fen
    accepted_payment: PaymentMethod
    payment_method: PaymentMethod | None
    placed_at: datetime
    hold_expires_at: datetime | None
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    contact_name: str
    lines: list[LineView]
    version: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as it is stored."""

    order_id: UUID
    code: str
    account_id: UUID
    state: OrderState
    accepted_payment: PaymentMethod
    payment_method: PaymentMethod | None
    total_fen: int
    contact_sealed: bytes
    placed_at: datetime
    hold_expires_at: datetime | None
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    version: int


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
        placed_at=row.placed_at,
        hold_expires_at=row.hold_expires_at if row.state == "held" else None,
        confirmed_at=row.confirmed_at,
        cancelled_at=row.cancelled_at,
        contact_name=contact_name(row.contact_sealed, sealer),
        lines=[LineView(**line.model_dump(exclude={"order_id"})) for line in lines],
        version=row.version,
    )


def contact_name(sealed: bytes, sealer: Sealer) -> str:
    """Return the name that the visitor gave for the gate."""
    return SealedContact.model_validate_json(sealer.open(sealed, CONTACT_PURPOSE)).name

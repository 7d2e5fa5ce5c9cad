"""How bookings tells the others of an order: the events, built from what is stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.bookings.views import LineView
from shared.contracts.bookings import BookedLine, OrderConfirmed
from shared.db import Connection
from shared.messaging import outbox

BUMP: Final = "update orders set version = version + 1 where order_id = $1 returning version"


async def next_version(conn: Connection, order_id: UUID) -> int:
    """Return the order's next version and keep it; the row stays locked until the commit."""
    version: int = await conn.fetchval(BUMP, order_id)
    return version


def booked_line(line: LineView) -> BookedLine:
    """Return a line as the others need it: no names, no contact."""
    return BookedLine(
        line_id=line.line_id,
        offering_id=line.offering_id,
        venue_id=line.venue_id,
        village_id=line.village_id,
        kind=line.kind,
        day=line.day,
        nights=line.nights,
        starts_at=line.starts_at,
        persons=line.persons,
        units=line.units,
        price_fen=line.price_fen,
    )


async def tell_confirmed(
    conn: Connection,
    order_id: UUID,
    account_id: UUID,
    *,
    version: int,
    total_fen: int,
    confirmed_at: datetime,
    lines: Sequence[LineView],
) -> None:
    """Add order.confirmed to the outbox."""
    event = OrderConfirmed(
        order_id=order_id,
        account_id=account_id,
        total_fen=total_fen,
        confirmed_at=confirmed_at,
        lines=tuple(booked_line(line) for line in lines),
    )
    await outbox.add(conn, event, subject=order_id, version=version)

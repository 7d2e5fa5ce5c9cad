"""How bookings tells the others of an order: the events, built from what is stored."""

from uuid import UUID

from services.bookings.views import LineView, OrderView
from shared.contracts.bookings import BookedLine, OrderCancelled, OrderConfirmed
from shared.db import Connection
from shared.messaging import outbox


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


async def tell_confirmed(conn: Connection, order: OrderView, account_id: UUID) -> None:
    """Add order.confirmed to the outbox. Raises ValueError for an order that is not."""
    if order.confirmed_at is None:
        raise ValueError("only a confirmed order can be told of as one")
    event = OrderConfirmed(
        order_id=order.order_id,
        account_id=account_id,
        total_fen=order.total_fen,
        confirmed_at=order.confirmed_at,
        lines=tuple(booked_line(line) for line in order.lines),
    )
    await outbox.add(conn, event, subject=order.order_id, version=order.version)


async def tell_cancelled(
    conn: Connection, order: OrderView, account_id: UUID, *, was_held: bool
) -> None:
    """Add order.cancelled to the outbox. Raises ValueError for an order that is not."""
    if order.cancelled_at is None:
        raise ValueError("only a cancelled order can be told of as one")
    event = OrderCancelled(
        order_id=order.order_id,
        account_id=account_id,
        cancelled_at=order.cancelled_at,
        was_confirmed=not was_held,
        cancelled_by="visitor",
    )
    await outbox.add(conn, event, subject=order.order_id, version=order.version)

"""How bookings tells the others of an order: the events, built from what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from services.bookings.domain.refund_tiers import Cause
from services.bookings.views import LineView, OrderView
from shared.contracts.bookings import (
    BookedLine,
    LineCancelled,
    LineChanged,
    OrderCancelled,
    OrderConfirmed,
)
from shared.db import Connection, fetch_one
from shared.messaging import outbox
from shared.messaging.outbox import Telling

CancelledBy = Literal["visitor", "operator", "office"]

COUNT_CHANGE: Final = """
update orders
set version = version + 1
from order_lines as line
where line.line_id = $1 and orders.order_id = line.order_id
returning
    orders.order_id, orders.account_id, orders.version, now() as changed_at,
    line.replaces_line_id as replaced_line_id
"""

FIND_BOOKED: Final = """
select
    line_id, offering_id, venue_id, village_id, kind, day, nights, starts_at, persons, units,
    price_fen
from order_lines
where line_id = $1
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that stands, as its order counts it."""

    order_id: UUID
    account_id: UUID
    version: int
    changed_at: datetime
    replaced_line_id: UUID


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
    """Add order.confirmed to the outbox, with the lines that stand.

    Raises ValueError for an order that is not confirmed.
    """
    if order.confirmed_at is None:
        raise ValueError("only a confirmed order can be told of as one")
    event = OrderConfirmed(
        order_id=order.order_id,
        account_id=account_id,
        total_fen=order.total_fen,
        confirmed_at=order.confirmed_at,
        lines=tuple(booked_line(line) for line in order.lines if line.left_as is None),
    )
    await outbox.add(conn, event, subject=order.order_id, version=order.version)


@dataclass(frozen=True, slots=True)
class Ended:
    """An order of which something was cancelled, its version after that, and on whose behalf."""

    order_id: UUID
    account_id: UUID
    version: int
    cancelled_at: datetime
    cause: Cause
    closure_id: UUID | None = None

    @property
    def cancelled_by(self) -> CancelledBy:
        """Who cancelled it, as events say it."""
        return "office" if self.cause == "disaster" else self.cause


def cancelled(ended: Ended, *, was_confirmed: bool, refund_fen: int = 0) -> Telling:
    """Return what is told of an order that was cancelled whole."""
    event = OrderCancelled(
        order_id=ended.order_id,
        account_id=ended.account_id,
        cancelled_at=ended.cancelled_at,
        was_confirmed=was_confirmed,
        cancelled_by=ended.cancelled_by,
        refund_fen=refund_fen,
        closure_id=ended.closure_id,
    )
    return Telling(event, ended.order_id, ended.version)


def lines_cancelled(ended: Ended, refunds: Mapping[UUID, int]) -> list[Telling]:
    """Return what is told of cancelled lines, one by one; the last has the order's version."""
    first = ended.version - len(refunds) + 1
    return [
        Telling(
            LineCancelled(
                order_id=ended.order_id,
                account_id=ended.account_id,
                line_id=line_id,
                cancelled_at=ended.cancelled_at,
                cancelled_by=ended.cancelled_by,
                refund_fen=refund_fen,
                closure_id=ended.closure_id,
            ),
            ended.order_id,
            version,
        )
        for version, (line_id, refund_fen) in enumerate(refunds.items(), first)
    ]


async def tell_changed(conn: Connection, line_id: UUID) -> None:
    """Count up the order's version, and add order.line_changed to the outbox.

    The line stands in the place of another one by now.
    """
    changed = await fetch_one(conn, Changed, COUNT_CHANGE, line_id)
    event = LineChanged(
        order_id=changed.order_id,
        account_id=changed.account_id,
        replaced_line_id=changed.replaced_line_id,
        line=await fetch_one(conn, BookedLine, FIND_BOOKED, line_id),
        changed_at=changed.changed_at,
    )
    await outbox.add(conn, event, subject=changed.order_id, version=changed.version)

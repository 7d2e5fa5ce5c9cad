"""A small world of events for the figures, and ways to look at what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic_core import to_jsonable_python

from services.statistics.app import REACTIONS
from services.statistics.recount import Difference, compare
from shared.contracts.bookings import (
    BookedLine,
    LineCancelled,
    LineChanged,
    OrderCancelled,
    OrderConfirmed,
    TicketCheckedIn,
    TicketCheckInUndone,
)
from shared.contracts.event import Envelope, Event
from shared.contracts.terms import OfferingKind
from shared.core.ids import new_id
from shared.db import Database, acquire, transaction

DAY: Final = date(2026, 9, 19)
NOON: Final = datetime(2026, 9, 19, 4, 0, tzinfo=UTC)
VILLAGE: Final = UUID(int=1)
VENUE: Final = UUID(int=2)
TAKE_IN: Final = """
insert into inbox (consumer, event_id) values ('statistics', $1)
on conflict do nothing returning true
"""
SUMS: Final = """
select coalesce(sum(booked), 0)::integer, coalesce(sum(arrived), 0)::integer from visits_daily
"""

BOOKED_ON: Final = "select coalesce(sum(booked), 0)::integer from visits_daily where day = $1"


def line(
    persons: int = 2,
    *,
    day: date = DAY,
    village: UUID = VILLAGE,
    venue: UUID = VENUE,
    kind: OfferingKind = "session",
    line_id: UUID | None = None,
) -> BookedLine:
    return BookedLine(
        line_id=line_id or new_id(),
        offering_id=UUID(int=3),
        venue_id=venue,
        village_id=village,
        kind=kind,
        day=day,
        nights=1 if kind == "stay" else 0,
        starts_at=NOON,
        persons=persons,
        units=persons,
        price_fen=0,
    )


def confirmed(*lines: BookedLine, order_id: UUID | None = None) -> OrderConfirmed:
    return OrderConfirmed(
        order_id=order_id or new_id(),
        account_id=new_id(),
        total_fen=0,
        confirmed_at=NOON,
        lines=lines,
    )


def cancelled(order: OrderConfirmed, *, was_confirmed: bool = True) -> OrderCancelled:
    return OrderCancelled(
        order_id=order.order_id,
        account_id=order.account_id,
        cancelled_at=NOON,
        was_confirmed=was_confirmed,
        cancelled_by="visitor",
    )


def checked_in(
    order: OrderConfirmed, booked: BookedLine, ordinal: int = 1, persons: int = 1
) -> TicketCheckedIn:
    return TicketCheckedIn(
        order_id=order.order_id,
        line_id=booked.line_id,
        ordinal=ordinal,
        persons=persons,
        checked_in_at=NOON,
    )


def check_in_undone(
    order: OrderConfirmed, booked: BookedLine, ordinal: int = 1
) -> TicketCheckInUndone:
    return TicketCheckInUndone(
        order_id=order.order_id, line_id=booked.line_id, ordinal=ordinal, persons=1
    )


def line_cancelled(order: OrderConfirmed, booked: BookedLine) -> LineCancelled:
    return LineCancelled(
        order_id=order.order_id,
        account_id=order.account_id,
        line_id=booked.line_id,
        cancelled_at=NOON,
        cancelled_by="visitor",
        refund_fen=0,
    )


def line_changed(order: OrderConfirmed, replaced: BookedLine, new: BookedLine) -> LineChanged:
    return LineChanged(
        order_id=order.order_id,
        account_id=order.account_id,
        replaced_line_id=replaced.line_id,
        line=new,
        changed_at=NOON,
    )


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event in its envelope; handing it over twice is delivering it twice."""

    event: Event
    envelope: Envelope


def envelop(event: Event, *, version: int = 1, time: datetime = NOON) -> Delivery:
    envelope = Envelope(
        id=new_id(),
        source="/xiangyou/bookings",
        type=event.event_type,
        subject=new_id(),
        time=time,
        version=version,
        data=to_jsonable_python(event),
    )
    return Delivery(event, envelope)


class World:
    """The service's database, as its consumer and its command line see it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def hear(self, *events: Event) -> None:
        """Take events in one by one; they are told in the order in which they happened."""
        for version, event in enumerate(events, 1):
            await self.deliver([envelop(event, version=version)])

    async def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Take events in as the consumer does: a batch in one transaction, each event once."""
        async with transaction(self.database) as conn:
            for delivery in deliveries:
                if await conn.fetchval(TAKE_IN, delivery.envelope.id):
                    reaction = REACTIONS[type(delivery.event)]
                    await reaction(conn, delivery.event, delivery.envelope)

    async def sums(self) -> tuple[int, int]:
        async with acquire(self.database) as conn:
            (row,) = await conn.fetch(SUMS)
        booked, arrived = row
        return booked, arrived

    async def booked_on(self, day: date) -> int:
        async with acquire(self.database) as conn:
            booked: int = await conn.fetchval(BOOKED_ON, day)
            return booked

    async def differences(self) -> Sequence[Difference]:
        return await compare(self.database)

    async def clear(self) -> None:
        async with transaction(self.database) as conn:
            await conn.execute("delete from visits_daily")
            await conn.execute("delete from visit_facts")
            await conn.execute("delete from arrivals")
            await conn.execute("delete from left_lines")
            await conn.execute("delete from orders")
            await conn.execute("delete from taken_in")


def days(count: int) -> list[date]:
    return [DAY + timedelta(days=number) for number in range(count)]

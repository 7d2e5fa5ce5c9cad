"""A closure does not wait behind the thousands of slots that came before it."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.contracts.bookings import OrderExpired
from shared.contracts.event import Envelope
from shared.contracts.venues import ClosureOrdered
from shared.core.localized import LocalizedText
from shared.db import Connection, transaction
from shared.messaging import outbox
from shared.messaging.outbox import Telling
from shared.messaging.run import Messaging
from tests.messaging.conftest import Pair, pool, until

pytestmark = pytest.mark.kafka

WAITING = 400


def closure() -> ClosureOrdered:
    return ClosureOrdered(
        closure_id=uuid4(),
        ordered_by="office",
        organisation_id=None,
        village_ids=(uuid4(),),
        venue_ids=(),
        offering_ids=(),
        kinds=("stay",),
        closed_from=datetime(2026, 12, 1, tzinfo=UTC),
        closed_until=datetime(2026, 12, 2, tzinfo=UTC),
        cause="disaster",
        orders="cancel",
        reason=LocalizedText(zh="台风", en="Typhoon"),
    )


async def test_what_is_urgent_is_heard_before_what_has_waited_longer(pair: Pair) -> None:
    heard: list[str] = []

    async def slowly(_conn: Connection, _event: OrderExpired, _envelope: Envelope) -> None:
        heard.append("order")
        await asyncio.sleep(0.01)

    async def at_once(_conn: Connection, _event: ClosureOrdered, _envelope: Envelope) -> None:
        heard.append("closure")

    async def begun() -> bool:
        return len(heard) > 10

    async def closed() -> bool:
        return "closure" in heard

    async with pool(pair.clone, "notifications") as database:
        hearing = Messaging(
            "notifications",
            database=database,
            broker=pair.broker,
            reactions={OrderExpired: slowly, ClosureOrdered: at_once},
            together=False,
        )
        async with transaction(pair.bookings) as conn:
            await outbox.add_many(
                conn,
                (
                    Telling(OrderExpired(order_id=uuid4(), account_id=uuid4()), uuid4(), 1)
                    for _ in range(WAITING)
                ),
            )
        hearing.start()
        try:
            await until(begun, 40)
            async with transaction(pair.bookings) as conn:
                event = closure()
                await outbox.add(conn, event, subject=event.closure_id, version=1)
            await until(closed, 40)
            assert len(heard) < WAITING
        finally:
            await hearing.stop()

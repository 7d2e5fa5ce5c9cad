"""How long outbox and inbox remember, and what an outbox refuses."""

from uuid import uuid4

import pytest

from shared.contracts.bookings import OrderExpired
from shared.core.ids import new_id
from shared.db import Database, transaction
from shared.messaging import outbox
from shared.messaging.sweeping import sweep
from tests.conftest import Connect
from tests.messaging.conftest import add_expired

AGE_OUTBOX = "update outbox set sent_at = now() - make_interval(hours => $2) where subject = $1"
OUTBOX = "select array_agg(subject order by position) from outbox"
ADD_INBOX = """
insert into inbox (consumer, event_id, received_at)
values ('bookings', $1, now() - make_interval(days => $2))
"""
INBOX = "select array_agg(event_id order by event_id) from inbox"


async def tell(database: Database, hours_since_sent: int | None) -> object:
    order_id = uuid4()
    async with transaction(database) as conn:
        await add_expired(conn, order_id, 1)
        if hours_since_sent is not None:
            await conn.execute(AGE_OUTBOX, order_id, hours_since_sent)
    return order_id


async def test_what_was_sent_is_kept_for_seven_days(connect: Connect) -> None:
    bookings = await connect("bookings")
    unsent = await tell(bookings, None)
    await tell(bookings, 7 * 24 + 1)
    kept = await tell(bookings, 7 * 24 - 1)
    async with bookings.session() as conn:
        await sweep(conn)
        assert await conn.fetchval(OUTBOX) == [unsent, kept]


async def test_what_was_taken_in_is_known_for_thirty_days(connect: Connect) -> None:
    bookings = await connect("bookings")
    forgotten, known = new_id(), new_id()
    async with bookings.session() as conn:
        await conn.execute(ADD_INBOX, forgotten, 31)
        await conn.execute(ADD_INBOX, known, 29)
        await sweep(conn)
        assert await conn.fetchval(INBOX) == [known]


async def test_an_event_to_a_topic_that_does_not_exist_is_refused(connect: Connect) -> None:
    bookings = await connect("bookings")
    event = OrderExpired(order_id=uuid4(), account_id=uuid4())
    with pytest.raises(LookupError, match=r"bookings\.parcel"):
        async with transaction(bookings) as conn:
            await outbox.add(
                conn, event, subject=event.order_id, version=1, topic="bookings.parcel"
            )

"""An entry that is broken keeps nobody else waiting; the log names it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from structlog.testing import capture_logs

from services.bookings.jobs.expire_holds import expire_holds
from services.bookings.jobs.replan_wishes import replan_wishes
from tests.bookings.village import POTTERY
from tests.bookings.waitlist.waiting import (
    END_HOLDS,
    Waiter,
    give_back,
    look_around,
    pass_on,
    sell_out,
    wait,
)
from tests.bookings.world import Bookings

# It waits for a pool that nobody counts as waited for.
BREAK: Final = """
update waitlist_wishes
set pool_ids = pool_ids || (select max(id) from pools where waiters = 0)
where entry_id = $1
"""
REPAIR: Final = """
update waitlist_wishes set pool_ids = pool_ids[:cardinality(pool_ids) - 1] where entry_id = $1
"""
TOLD_BEFORE: Final = """
insert into outbox (id, topic, subject, version, type, payload)
values (uuidv7(), 'bookings.waitlist', $1, 1, 'waitlist.offered.v1', '{}')
"""
TOO_LATE: Final = "update waitlist_wishes set bookable_until = now() - interval '1 second'"
EDITIONS: Final = """
select edition from waitlist_wishes join waitlist_entries using (entry_id) order by place
"""


@asynccontextmanager
async def broken(bookings: Bookings, waiter: Waiter, event: str) -> AsyncIterator[None]:
    """Break an entry for a while, and see that the log names it with this event, and once."""
    await bookings.execute(BREAK, waiter.entry_id)
    with capture_logs() as logs:
        yield
    stuck = [entry.get("entry_id") for entry in logs if entry["event"] == event]
    assert stuck == [waiter.entry_id]
    await bookings.execute(REPAIR, waiter.entry_id)


async def test_of_decided_offers_a_broken_one_is_left(bookings: Bookings) -> None:
    *_, one, two = await sell_out(bookings, 6, 2, 2)
    first, second, third = [await wait(bookings) for _ in range(3)]
    await give_back(bookings, one, two)
    await pass_on(bookings)
    await bookings.execute(END_HOLDS)
    await expire_holds(bookings.client.app)
    async with broken(bookings, first, "waitlist.offer_stuck"):
        await pass_on(bookings)
    states = [await waiter.state() for waiter in (first, second, third)]
    assert states == ["offered", "lapsed", "offered"]
    await pass_on(bookings)
    assert await first.state() == "lapsed"


async def test_of_those_who_waited_too_long_a_broken_one_is_left(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    first, second, third = [await wait(bookings) for _ in range(3)]
    await bookings.execute(TOO_LATE)
    async with broken(bookings, second, "waitlist.end_stuck"):
        await look_around(bookings)
    states = [await waiter.state() for waiter in (first, second, third)]
    assert states == ["too_late", "waiting", "too_late"]
    await look_around(bookings)
    assert await second.state() == "too_late"


async def test_of_outdated_wishes_a_broken_one_is_left(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    first, *_ = [await wait(bookings) for _ in range(3)]
    await bookings.publish_offering(POTTERY, "session", {"adult": 12900})
    async with broken(bookings, first, "waitlist.replanning_stuck"):
        await replan_wishes(bookings.client.app)
    assert [row["edition"] for row in await bookings.fetch_rows(EDITIONS)] == [1, 2, 2]


async def test_in_a_round_a_broken_entry_is_passed_over(bookings: Bookings) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    first, second = await wait(bookings), await wait(bookings)
    # As if this had been told of it already.
    await bookings.execute(TOLD_BEFORE, first.entry_id)
    await give_back(bookings, order)
    with capture_logs() as logs:
        await pass_on(bookings)
    stuck = [entry.get("entry_id") for entry in logs if entry["event"] == "waitlist.offering_stuck"]
    assert stuck == [first.entry_id]
    assert [await waiter.state() for waiter in (first, second)] == ["waiting", "offered"]
    assert await first.reasons() == [("not_bookable", None, None, 1)]

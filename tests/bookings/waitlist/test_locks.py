"""The waiting list locks pools once and in the order of their ids, as orders do."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from services.bookings.jobs.replan_wishes import replan_wishes
from shared.db import acquire, transaction
from tests.bookings.village import NEXT_WEEK, POTTERY, at, pottery
from tests.bookings.waitlist.waiting import AT_TWO, Waiter, give_back, pass_on, sell, sell_out, wait
from tests.bookings.world import Bookings

LATER: Final = NEXT_WEEK + timedelta(days=1)
LOCK_POOL: Final = "select 1 from pools where id = $1 for no key update"
TRY_POOL: Final = "select 1 from pools where id = $1 for no key update nowait"
IS_WAITING: Final = """
select exists (
    select 1
    from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
)
"""
Step = Callable[[Waiter], Awaitable[object]]


async def slot_pool(bookings: Bookings, slot_id: UUID) -> int:
    pool: int = await bookings.fetch(
        "select id from pools where scope = 'slot' and subject_id = $1", slot_id
    )
    return pool


async def some_step_waits(bookings: Bookings) -> None:
    for _ in range(200):
        if await bookings.fetch(IS_WAITING):
            return
        await asyncio.sleep(0.01)
    pytest.fail("nothing waits for the pool")


async def check_lowest_first(bookings: Bookings, act: Awaitable[Any]) -> Any:
    """Keep the lowest pool from a step and see that it has not locked a higher one meanwhile."""
    low = await slot_pool(bookings, bookings.slots[POTTERY, at(NEXT_WEEK, 14)])
    high = await slot_pool(bookings, bookings.slots[POTTERY, at(LATER, 14)])
    assert low < high
    async with transaction(bookings.database) as conn:
        await conn.execute(LOCK_POOL, low)
        step = asyncio.ensure_future(act)
        await some_step_waits(bookings)
        async with acquire(bookings.database) as other:
            await other.execute(TRY_POOL, high)
    return await step


async def waits_for_two_days(bookings: Bookings) -> tuple[Waiter, str]:
    """Return who wishes for a later day most and for the earlier one too, and the later's order."""
    await bookings.publish_slot(POTTERY, at(LATER, 14), 2)
    await sell_out(bookings, 10)
    [order] = await sell(bookings, pottery(LATER))
    waiter = await wait(
        bookings, {"starts_at": at(LATER, 14).isoformat()}, AT_TWO, keep_waiting=False
    )
    return waiter, order


@pytest.mark.parametrize(
    ("act", "state"), [(Waiter.leave, "withdrawn"), (Waiter.refuse, "refused")]
)
async def test_who_gives_up_an_offer_locks_all_pools_in_order(
    bookings: Bookings, act: Step, state: str
) -> None:
    waiter, order = await waits_for_two_days(bookings)
    await give_back(bookings, order)
    await pass_on(bookings)
    assert await waiter.state() == "offered"
    answer = await check_lowest_first(bookings, act(waiter))
    assert (answer.status, answer.json["state"]) == (201, state)


async def test_wishes_are_planned_anew_with_all_their_pools_locked_in_order(
    bookings: Bookings,
) -> None:
    await waits_for_two_days(bookings)
    await bookings.publish_offering(POTTERY, "session", {"adult": 12900})
    await check_lowest_first(bookings, replan_wishes(bookings.client.app))

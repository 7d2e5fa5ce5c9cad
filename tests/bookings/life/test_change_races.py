"""Changes beside sales, cancellations and each other."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from shared.db import acquire, transaction
from tests.bookings.life.stage import Life, hour, line_of
from tests.bookings.village import NEXT_WEEK, POTTERY, at, pottery

DAY_AFTER = NEXT_WEEK + timedelta(days=1)


async def also_on_the_day_after(life: Life, seats: int = 10) -> str:
    """Publish pottery on the day after, and return when it begins."""
    await life.bookings.publish_slot(POTTERY, at(DAY_AFTER, 14), seats)
    return hour(14, DAY_AFTER)


async def test_a_change_that_races_a_sell_out_gets_its_places_or_keeps_the_old_ones(
    life: Life,
) -> None:
    for round_number in range(4):
        day = NEXT_WEEK + timedelta(days=10 + round_number)
        await life.bookings.publish_slot(POTTERY, at(day, 14), 4)
        order = await life.ordered(pottery(adult=2))
        buyers = [life.bookings.tokens.person() for _ in range(6)]
        change, *bought = await asyncio.gather(
            life.change(order["order_id"], line_of(order), starts_at=hour(14, day)),
            *(
                life.bookings.order(pottery(day, adult=1), token=buyer, payment_method="on_site")
                for buyer in buyers
            ),
        )
        sold = sum(answer.status == 201 for answer in bought)
        assert change.status in (201, 409)
        assert sold == (2 if change.status == 201 else 4)
        assert await life.bookings.taken("slot", day) == 4


async def test_a_change_that_races_a_cancellation_leaves_no_places_behind(life: Life) -> None:
    later = await also_on_the_day_after(life)
    for _ in range(5):
        order = await life.ordered(pottery(adult=2))
        change, cancelled = await asyncio.gather(
            life.change(order["order_id"], line_of(order), starts_at=later),
            life.cancel(order["order_id"]),
        )
        assert cancelled.status == 201
        assert change.status in (201, 409)
        assert (await life.order(order["order_id"]))["state"] == "cancelled"
        assert await life.bookings.taken("slot") == 0


async def test_of_two_changes_at_once_one_is_made(life: Life) -> None:
    for _ in range(5):
        order = await life.ordered(pottery(adult=2))
        answers = await asyncio.gather(
            *(
                life.change(order["order_id"], line_of(order), tickets={"adult": adults})
                for adults in (1, 3)
            )
        )
        assert sorted(answer.status for answer in answers) == [201, 409]
        await life.cancel(order["order_id"])


async def test_two_that_swap_their_dates_at_once_never_wait_in_a_circle(life: Life) -> None:
    later = await also_on_the_day_after(life)
    for _ in range(5):
        here = await life.ordered(pottery(adult=2))
        there = await life.ordered(pottery(DAY_AFTER, adult=2))
        answers = await asyncio.gather(
            life.change(here["order_id"], line_of(here), starts_at=later),
            life.change(there["order_id"], line_of(there), starts_at=hour(14)),
        )
        assert {answer.status for answer in answers} == {201}
        for order in (here, there):
            await life.cancel(order["order_id"])


LOCK_POOL = "select 1 from pools where id = $1 for no key update nowait"
WAITING = """
select count(*) > 0
from pg_locks
where not granted and pid in (select pid from pg_stat_activity where datname = current_database())
"""
POOLS = "select pool_ids from order_lines where line_id = $1"


@pytest.mark.parametrize("others", [0, 1])
async def test_cancelling_locks_all_pools_at_once_in_the_order_of_their_ids(
    life: Life, others: int
) -> None:
    day_after = await also_on_the_day_after(life)
    order = await life.paid(pottery(), *([pottery(adult=1)] * others))
    changed = await life.change(
        order["order_id"], line_of(order), starts_at=day_after, tickets={"adult": 3}
    )
    lowest = min(await life.bookings.fetch(POOLS, UUID(line_of(order))))
    highest = max(await life.bookings.fetch(POOLS, UUID(changed.json["line_id"])))
    async with transaction(life.bookings.database) as conn:
        await conn.execute(LOCK_POOL, lowest)
        cancelling = asyncio.create_task(life.cancel(order["order_id"], line_of(order)))
        async with acquire(life.bookings.database) as watching:
            for _ in range(200):
                if await watching.fetchval(WAITING):
                    break
                await asyncio.sleep(0.01)
        # It waits for the first of its pools, and has none of the others yet.
        await conn.execute(LOCK_POOL, highest)
    assert (await cancelling).status == 201
    after = await life.order(order["order_id"])
    assert after["state"] == ("confirmed" if others else "cancelled")
    left = {line["line_id"]: line["left_as"] for line in after["lines"]}
    assert left[changed.json["line_id"]] == "lapsed"
    assert left[line_of(order)] == ("cancelled" if others else None)

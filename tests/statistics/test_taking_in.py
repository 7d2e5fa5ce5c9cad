import asyncio
import random
from datetime import timedelta
from uuid import UUID

from services.statistics.recount import recount
from shared.contracts.bookings import PastVisitRecorded
from shared.core.ids import new_id
from shared.db import transaction
from tests.statistics.world import (
    DAY,
    NOON,
    VENUE,
    VILLAGE,
    World,
    cancelled,
    checked_in,
    confirmed,
    days,
    envelop,
    line,
)


async def test_a_confirmed_order_is_booked_and_its_check_ins_have_arrived(world: World) -> None:
    booked = line(3)
    order = confirmed(booked, line(2, kind="stay", day=DAY + timedelta(days=1)))
    await world.hear(order, checked_in(order, booked, 1), checked_in(order, booked, 2))
    assert await world.sums() == (5, 2)
    assert not await world.differences()


async def test_a_cancelled_order_is_neither_booked_nor_arrived(world: World) -> None:
    booked = line(3)
    order = confirmed(booked)
    await world.hear(order, checked_in(order, booked), cancelled(order))
    assert await world.sums() == (0, 0)
    assert not await world.differences()


async def test_a_cancellation_that_overtakes_its_confirmation_wins(world: World) -> None:
    booked = line(3)
    order = confirmed(booked)
    await world.hear(cancelled(order), order, checked_in(order, booked))
    assert await world.sums() == (0, 0)
    assert not await world.differences()


async def test_an_arrival_that_overtakes_its_confirmation_is_counted_with_it(world: World) -> None:
    booked = line(3)
    order = confirmed(booked)
    await world.hear(checked_in(order, booked, persons=2))
    assert await world.sums() == (0, 0)
    await world.hear(order)
    assert await world.sums() == (3, 2)
    assert not await world.differences()


async def test_two_events_that_say_the_same_count_once(world: World) -> None:
    """Their ids differ, as after a correction by hand; the inbox takes them for two."""
    booked = line(3)
    order, stays = confirmed(booked), confirmed(line(4))
    arrival = checked_in(order, booked)
    await world.hear(order, order, stays, arrival, arrival)
    assert await world.sums() == (7, 1)
    await world.hear(cancelled(order), cancelled(order))
    assert await world.sums() == (4, 0)


async def test_a_cancelled_hold_changes_nothing(world: World) -> None:
    order = confirmed(line(3))
    await world.hear(cancelled(order, was_confirmed=False), order)
    assert await world.sums() == (3, 0)


async def test_a_past_visit_is_counted_once_with_those_who_came(world: World) -> None:
    visit = PastVisitRecorded(
        visit_id=new_id(),
        offering_id=UUID(int=3),
        venue_id=VENUE,
        village_id=VILLAGE,
        kind="stay",
        day=DAY,
        persons=30,
        arrived=28,
    )
    await world.hear(visit, visit)
    assert await world.sums() == (30, 28)
    assert not await world.differences()


async def test_an_event_delivered_by_two_workers_at_once_is_counted_once(world: World) -> None:
    booked = line(4)
    order = confirmed(booked)
    arrival = checked_in(order, booked)
    for event in (order, arrival):
        delivery = envelop(event)
        await asyncio.gather(*(world.deliver([delivery]) for _ in range(4)))
    assert await world.sums() == (4, 1)
    assert not await world.differences()


async def test_orders_that_share_sums_are_taken_in_at_once(world: World) -> None:
    """Each order has the same days, shuffled; all come, and half of them go again, in parallel."""
    chance = random.Random(7)
    orders = []
    for _ in range(24):
        lines = [line(1, day=day) for day in days(5)]
        chance.shuffle(lines)
        orders.append(confirmed(*lines))

    async def come_and_go(number: int) -> None:
        order = orders[number]
        await world.hear(order)
        if number % 2:
            await world.hear(cancelled(order))

    await asyncio.gather(*(come_and_go(number) for number in range(len(orders))))
    assert await world.sums() == (12 * 5, 0)
    assert not await world.differences()


async def test_a_confirmation_racing_its_cancellation_leaves_nothing(world: World) -> None:
    orders = [confirmed(line(2), line(1, kind="stay")) for _ in range(10)]
    events = [event for order in orders for event in (order, cancelled(order))]
    await asyncio.gather(*(world.hear(event) for event in events))
    assert await world.sums() == (0, 0)
    assert not await world.differences()


async def test_a_recount_amid_arriving_events_loses_none(world: World) -> None:
    orders = [confirmed(line(1, day=day)) for day in days(10) for _ in range(3)]
    hearing = asyncio.gather(*(world.hear(order) for order in orders))
    await asyncio.gather(*(recount(world.database, lambda *_: None) for _ in range(3)))
    await hearing
    assert await world.sums() == (30, 0)
    assert not await world.differences()


async def test_a_recount_mends_sums_that_were_tampered_with(world: World) -> None:
    order = confirmed(line(3), line(2, day=DAY + timedelta(days=40)))
    await world.hear(order)
    async with transaction(world.database) as conn:
        await conn.execute("update visits_daily set booked = booked + 1 where day = $1", DAY)
        await conn.execute("delete from visits_daily where day > $1", DAY)
    assert len(await world.differences()) == 2
    months = []
    wrong = await recount(world.database, lambda month, cells: months.append((month, cells)))
    assert len(wrong) == 2
    assert [cells for _, cells in months] == [1, 1]
    assert await world.sums() == (5, 0)
    assert not await world.differences()


async def test_the_newest_event_tells_how_far_the_figures_reach(world: World) -> None:
    later = NOON + timedelta(hours=1)
    await world.deliver([envelop(confirmed(line()), time=later)])
    await world.deliver([envelop(confirmed(line()), time=NOON)])
    async with transaction(world.database) as conn:
        assert await conn.fetchval("select max(newest) from taken_in") == later

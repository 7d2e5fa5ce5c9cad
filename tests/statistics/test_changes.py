"""Lines that leave their orders, and check-ins that are taken back."""

import asyncio
from datetime import timedelta

from shared.contracts.bookings import OrderCompleted, OrderNotShown
from shared.contracts.subscriptions import SUBSCRIPTIONS
from tests.statistics.world import (
    DAY,
    World,
    cancelled,
    check_in_undone,
    checked_in,
    confirmed,
    envelop,
    line,
    line_cancelled,
    line_changed,
)


async def test_a_cancelled_line_is_not_booked_and_the_others_are(world: World) -> None:
    gone, stays = line(3), line(2, kind="table")
    order = confirmed(gone, stays)
    leaving = line_cancelled(order, gone)
    await world.hear(order, leaving, leaving)
    assert await world.sums() == (2, 0)
    assert not await world.differences()


async def test_an_order_that_is_cancelled_after_one_of_its_lines_leaves_nothing(
    world: World,
) -> None:
    gone, stays = line(3), line(2)
    order = confirmed(gone, stays)
    await world.hear(order, line_cancelled(order, gone), cancelled(order))
    assert await world.sums() == (0, 0)
    await world.hear(line_cancelled(order, stays))
    assert await world.sums() == (0, 0)
    assert not await world.differences()


async def test_a_changed_line_counts_on_its_new_day_with_its_new_party(world: World) -> None:
    earlier, new = line(3), line(5, day=DAY + timedelta(days=1))
    order = confirmed(earlier)
    await world.hear(order, line_changed(order, earlier, new), checked_in(order, new))
    assert await world.sums() == (5, 1)
    assert await world.booked_on(DAY) == 0
    assert not await world.differences()


async def test_a_line_that_changed_twice_counts_once_in_whatever_order_it_is_told(
    world: World,
) -> None:
    first, second, third = line(1), line(2), line(4)
    order = confirmed(first)
    changes = [line_changed(order, first, second), line_changed(order, second, third)]
    await world.hear(changes[1], changes[0], order)
    assert await world.sums() == (4, 0)
    assert not await world.differences()


async def test_a_check_in_that_was_taken_back_has_not_arrived(world: World) -> None:
    booked = line(3)
    order = confirmed(booked)
    await world.hear(order, checked_in(order, booked), check_in_undone(order, booked))
    assert await world.sums() == (3, 0)
    assert not await world.differences()


async def test_what_is_told_last_of_a_ticket_need_not_be_what_happened_last(world: World) -> None:
    booked = line(3)
    order = confirmed(booked)
    came, left, again = (
        envelop(checked_in(order, booked), version=2),
        envelop(check_in_undone(order, booked), version=3),
        envelop(checked_in(order, booked), version=4),
    )
    await world.deliver([envelop(order), left, came])
    assert await world.sums() == (3, 0)
    await world.deliver([again, left])
    assert await world.sums() == (3, 1)
    assert not await world.differences()


async def test_changes_that_swap_two_days_are_taken_in_at_once(world: World) -> None:
    """Half of the orders go from the first day to the second, the others the other way."""
    orders = []
    for number in range(24):
        day, other = DAY + timedelta(days=number % 2), DAY + timedelta(days=1 - number % 2)
        earlier = line(1, day=day)
        order = confirmed(earlier)
        orders.append((order, line_changed(order, earlier, line(2, day=other))))
    await asyncio.gather(*(world.hear(*events) for events in orders))
    assert await world.booked_on(DAY) == 24
    assert await world.sums() == (48, 0)
    assert not await world.differences()


def test_that_an_order_is_over_changes_no_figure() -> None:
    """Who was booked and did not come stays booked, so nobody needs to be told."""
    assert not SUBSCRIPTIONS["statistics"] & {OrderCompleted, OrderNotShown}

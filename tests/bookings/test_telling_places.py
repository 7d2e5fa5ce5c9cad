"""The others hear how many places are left, soon and not too often, whoever dies meanwhile."""

import asyncio

from services.bookings import keys
from services.bookings.engine.touched import TouchedPools
from services.bookings.jobs.tell_places import tell_places
from tests.bookings.village import pottery
from tests.bookings.world import Bookings

ON_SITE = {"payment_method": "on_site"}

TOLD = """
select
    payload ->> 'scope', version, (payload ->> 'capacity')::integer, (payload ->> 'left')::integer
from outbox
where type = 'places.changed.v1'
order by position
"""


async def told(bookings: Bookings, scope: str = "slot") -> list[tuple[int, int, int]]:
    """Return what was told of the pools of a scope: version, capacity, left."""
    return [tuple(row)[1:] for row in await bookings.fetch_rows(TOLD) if row[0] == scope]


async def tell(bookings: Bookings, *, swept: bool = True) -> None:
    """Let the job run: for what was touched, or as when its process has just started."""
    touched = bookings.client.app[keys.TOUCHED_POOLS]
    touched.sweep_at = float("inf") if swept else 0.0
    await tell_places(bookings.client.app)


async def test_a_pool_that_nobody_touched_is_not_told_of(bookings: Bookings) -> None:
    await tell(bookings)
    await tell(bookings, swept=False)
    assert await told(bookings) == []


async def test_an_order_and_its_cancellation_tell_what_is_left(bookings: Bookings) -> None:
    order = await bookings.order(pottery(adult=3), **ON_SITE)
    await tell(bookings)
    assert await told(bookings) == [(1, 10, 7)]
    ((_, capacity, left),) = await told(bookings, "village_day")
    assert left == capacity - 3
    path = f"/v1/orders/{order.json['order_id']}/cancellations"
    await bookings.call("POST", path, token=bookings.visitor)
    await tell(bookings)
    assert await told(bookings) == [(1, 10, 7), (2, 10, 10)]


async def test_many_orders_between_two_tellings_are_one_event_for_each_pool(
    bookings: Bookings,
) -> None:
    for _ in range(3):
        await bookings.order(pottery(adult=2), token=bookings.tokens.person(), **ON_SITE)
    await tell(bookings)
    assert await told(bookings) == [(1, 10, 4)]


async def test_a_refused_order_tells_nothing(bookings: Bookings) -> None:
    await bookings.order(pottery(adult=9), **ON_SITE)
    await tell(bookings)
    refused = await bookings.order(pottery(adult=2), **ON_SITE)
    assert refused.status == 409
    await tell(bookings)
    assert await told(bookings) == [(1, 10, 1)]


async def test_what_a_crash_forgot_is_told_by_the_sweep_of_the_next_start(
    bookings: Bookings,
) -> None:
    await bookings.order(pottery(adult=4), **ON_SITE)
    touched = bookings.client.app[keys.TOUCHED_POOLS]
    assert touched.take()
    await tell(bookings)
    assert await told(bookings) == []
    await tell(bookings, swept=False)
    assert await told(bookings) == [(1, 10, 6)]
    await tell(bookings, swept=False)
    assert await told(bookings) == [(1, 10, 6)]


async def test_a_limit_below_what_is_taken_leaves_nothing_and_never_less(
    bookings: Bookings,
) -> None:
    await bookings.order(pottery(adult=6), **ON_SITE)
    await bookings.publish_village(day_capacity=5)
    await tell(bookings)
    assert await told(bookings, "village_day") == [(1, 5, 0)]


async def test_two_processes_that_tell_at_once_tell_each_change_once(bookings: Bookings) -> None:
    await bookings.order(pottery(adult=2), **ON_SITE)
    touched = bookings.client.app[keys.TOUCHED_POOLS]
    touched.sweep_at = 0.0
    await asyncio.gather(*(tell_places(bookings.client.app) for _ in range(4)))
    assert await told(bookings) == [(1, 10, 8)]


async def test_what_is_kept_for_those_who_wait_is_not_told_as_left(bookings: Bookings) -> None:
    await bookings.order(pottery(adult=2), **ON_SITE)
    await bookings.execute(
        "update pools set held_back = 3, held_back_until = now() + interval '20 seconds'"
        " where scope = 'slot' and taken > 0"
    )
    await tell(bookings, swept=False)
    assert await told(bookings) == [(1, 10, 5)]


async def test_the_job_sleeps_until_a_pool_is_touched() -> None:
    touched = TouchedPools()
    assert not touched.is_set()
    touched.add([])
    assert not touched.is_set()
    touched.add([7, 3, 7])
    assert touched.is_set()
    assert touched.take() == [3, 7]
    assert touched.take() == []

"""Leaving the waiting list, and waiting until it is too late."""

import asyncio
from datetime import timedelta

from services.bookings.jobs.end_waiting import end_waiting
from services.bookings.jobs.expire_holds import expire_holds
from tests.bookings.village import NEXT_WEEK, POTTERY, at, pottery
from tests.bookings.waitlist.waiting import (
    AT_TWO,
    END_HOLDS,
    buy,
    ended,
    expire,
    look_around,
    offered,
    pass_on,
    sell,
    sell_out,
    wait,
)
from tests.bookings.world import Bookings


async def test_whoever_leaves_frees_the_way(bookings: Bookings) -> None:
    await sell_out(bookings, 10)
    first, second = await wait(bookings), await wait(bookings)
    assert (await second.look())["rank"] == 1
    left = await first.leave()
    assert (left.status, left.json["state"], left.json["contact_name"]) == (201, "withdrawn", None)
    assert (await second.look())["rank"] == 0
    assert await ended(bookings, first) == [1]
    again = await first.leave()
    assert (again.status, again.json) == (201, left.json)
    assert await ended(bookings, first) == [1]


async def test_who_leaves_with_an_offer_passes_it_on(bookings: Bookings) -> None:
    first, second = await offered(bookings, behind=1)
    left = await first.leave()
    assert left.json["state"] == "withdrawn"
    assert left.json["earlier_offers"][0]["outcome"] == "refused"
    await pass_on(bookings)
    assert await second.state() == "offered"


async def test_who_leaves_when_the_offer_has_just_expired_has_left(bookings: Bookings) -> None:
    first, second = await offered(bookings, behind=1, keep_waiting=True)
    await bookings.execute(END_HOLDS)
    await expire_holds(bookings.client.app)
    left = await first.leave()
    assert (left.status, left.json["state"]) == (201, "withdrawn")
    assert left.json["earlier_offers"][0]["outcome"] == "lapsed"
    await pass_on(bookings)
    assert (await first.state(), await second.state()) == ("withdrawn", "offered")
    assert await ended(bookings, first) == [2]


async def test_who_leaves_after_cancelling_the_offered_order_has_left(bookings: Bookings) -> None:
    [waiter] = await offered(bookings)
    path = f"/v1/orders/{await waiter.offered_order()}/cancellations"
    await bookings.call("POST", path, {}, token=waiter.token)
    left = await waiter.leave()
    assert (left.status, left.json["state"]) == (201, "withdrawn")
    assert left.json["earlier_offers"][0]["outcome"] == "refused"


async def test_when_nobody_waits_any_more_nothing_is_held_back(bookings: Bookings) -> None:
    [waiter] = await offered(bookings)
    await waiter.leave()
    assert (await buy(bookings, adults=2)).status == 201


async def test_who_waited_until_it_was_too_late_is_told(bookings: Bookings) -> None:
    later = NEXT_WEEK + timedelta(days=1)
    await bookings.publish_slot(POTTERY, at(later, 14), 2)
    await sell_out(bookings, 10)
    await sell(bookings, pottery(later))
    both = await wait(bookings, AT_TWO, {"starts_at": at(later, 14).isoformat()})
    one = await wait(bookings)
    await bookings.execute("update waitlist_wishes set bookable_until = now() where position = 0")
    await asyncio.gather(*(end_waiting(bookings.client.app) for _ in range(3)))
    assert (await one.look())["state"] == "too_late"
    assert await ended(bookings, one) == [1]
    entry = await both.look()
    assert entry["state"] == "waiting"
    assert [wish["is_open"] for wish in entry["wishes"]] == [False, True]


async def test_an_offer_outlives_its_wish_and_then_it_is_too_late(bookings: Bookings) -> None:
    [waiter] = await offered(bookings, keep_waiting=True)
    await bookings.execute("update waitlist_wishes set bookable_until = now()")
    await look_around(bookings)
    assert await waiter.state() == "offered"
    await expire(bookings)
    assert await waiter.state() == "too_late"

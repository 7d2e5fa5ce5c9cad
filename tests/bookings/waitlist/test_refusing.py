"""A refusal that names its offer is about that one, however often it is repeated."""

from uuid import uuid4

from tests.bookings.village import NEXT_WEEK, POTTERY, at, pottery
from tests.bookings.waitlist.waiting import (
    AT_TWO,
    expire,
    give_back,
    offered,
    pass_on,
    sell,
    sell_out,
    wait,
)
from tests.bookings.world import Bookings


async def test_a_refusal_that_names_its_offer_refuses_no_later_one(bookings: Bookings) -> None:
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 9), 2)
    [nine] = await sell(bookings, pottery(hour=9))
    *_, two = await sell_out(bookings, 8, 2)
    wishes = [AT_TWO, {"starts_at": at(NEXT_WEEK, 9).isoformat()}]
    waiter = await wait(bookings, *wishes, keep_waiting=True)
    await give_back(bookings, two)
    await pass_on(bookings)
    first = await waiter.offered_order()
    assert (await waiter.refuse(order_id=first)).json["state"] == "waiting"
    await give_back(bookings, nine)
    await pass_on(bookings)
    again = await waiter.refuse(order_id=first)
    assert (again.status, again.json) == (201, await waiter.look())
    assert again.json["state"] == "offered"
    second = await waiter.offered_order()
    assert second != first
    assert (await waiter.refuse(order_id=second)).json["state"] == "waiting"


async def test_a_named_offer_that_was_not_refused_is_no_open_one(bookings: Bookings) -> None:
    [waiter] = await offered(bookings, keep_waiting=True)
    lapsed = await waiter.offered_order()
    await expire(bookings)
    answer = await waiter.refuse(order_id=lapsed)
    assert (answer.status, answer.code, answer.json["state"]) == (409, "no_open_offer", "lapsed")


async def test_an_offer_of_somebody_else_is_not_found(bookings: Bookings) -> None:
    first, second = await offered(bookings, behind=1)
    theirs = await first.offered_order()
    for named in (theirs, str(uuid4())):
        answer = await second.refuse(order_id=named)
        assert (answer.status, answer.code) == (404, "not_found")
    assert await first.state() == "offered"

"""What is taken from a party that was offered it, the party has not refused."""

from typing import Final
from uuid import UUID

from tests.bookings.closures.closing import Closing
from tests.bookings.waitlist.waiting import (
    Waiter,
    ended,
    expire,
    look_around,
    offered,
    pass_on,
)
from tests.bookings.world import Bookings

A_DAY_PASSES: Final = "update waitlist_offers set decided_at = decided_at - interval '25 hours'"


async def test_an_offer_that_a_closure_calls_off_was_not_refused(bookings: Bookings) -> None:
    [waiter] = await offered(bookings)
    closing = Closing(bookings)
    closure_id = await closing.close()
    await closing.call_off()
    await pass_on(bookings)
    entry = await waiter.look()
    assert (entry["state"], entry["rank"]) == ("waiting", 0)
    assert entry["earlier_offers"][0]["outcome"] == "called_off"
    assert await ended(bookings, waiter) == []
    refused = await waiter.refuse(order_id=entry["earlier_offers"][0]["order_id"])
    assert (refused.code, refused.json["state"]) == ("no_open_offer", "called_off")

    await closing.lift(closure_id)
    await look_around(bookings)
    # Nothing was refused, and what is opened again is offered on the same day.
    assert await waiter.state() == "offered"


async def test_an_offer_that_runs_out_while_it_is_shut_was_not_let_go_by(
    bookings: Bookings,
) -> None:
    [waiter] = await offered(bookings)
    await Closing(bookings).close(orders="keep")
    assert (await waiter.pay()).code == "slot_closed"
    await expire(bookings)
    entry = await waiter.look()
    assert (entry["state"], entry["earlier_offers"][0]["outcome"]) == ("waiting", "called_off")


async def cancel_as_host(bookings: Bookings, waiter: Waiter) -> None:
    order_id = UUID(await waiter.offered_order())
    line_id = await bookings.fetch("select line_id from order_lines where order_id = $1", order_id)
    path = f"/v1/lines/{line_id}/operator-cancellations"
    body = {"reason": "The kiln broke."}
    assert (await bookings.call("POST", path, body, token=bookings.operator)).status == 201


async def test_an_offer_that_its_host_cancels_is_not_made_again_for_a_day(
    bookings: Bookings,
) -> None:
    first, second = await offered(bookings, behind=1)
    await cancel_as_host(bookings, first)
    await pass_on(bookings)
    entry = await first.look()
    # It keeps its place in line, though the places go to those behind it today.
    assert (entry["state"], entry["rank"]) == ("waiting", 0)
    assert [one["outcome"] for one in entry["earlier_offers"]] == ["called_off"]
    assert await ended(bookings, first) == []
    assert await second.state() == "offered"


async def test_an_offer_that_its_host_cancels_comes_back_after_a_day(bookings: Bookings) -> None:
    [waiter] = await offered(bookings)
    await cancel_as_host(bookings, waiter)
    await pass_on(bookings)
    await look_around(bookings)
    assert await waiter.state() == "waiting"
    await bookings.execute(A_DAY_PASSES)
    await look_around(bookings)
    assert await waiter.state() == "offered"

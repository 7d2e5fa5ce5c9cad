"""What is shut is not sold, from the commit of the closure on, and sold again when it is open."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from shared.contracts.terms import TicketPrice
from shared.contracts.venues import SlotWithdrawn
from tests.bookings.closures.closing import (
    Closing,
    by_operator,
    hear,
    later,
    lifted,
    ordered,
)
from tests.bookings.payments.stage import Paying
from tests.bookings.village import (
    CAMPING,
    NEXT_WEEK,
    POTTERY,
    VENUE,
    VILLAGE,
    at,
    camping,
    pottery,
)
from tests.bookings.world import Bookings

ON_SITE = {"payment_method": "on_site"}


async def test_what_is_shut_is_refused_by_name(bookings: Bookings, closing: Closing) -> None:
    await closing.close(kinds=("stay",))
    answer = await bookings.order(camping(), **ON_SITE)
    assert (answer.status, answer.code) == (409, "slot_closed")
    assert (await bookings.order(pottery(), **ON_SITE)).status == 201


async def test_a_plan_from_memory_sells_nothing_that_was_shut_since(
    bookings: Bookings, closing: Closing
) -> None:
    assert (await bookings.order(pottery(adult=1), **ON_SITE)).status == 201
    await closing.close()
    answer = await bookings.order(pottery(adult=1), **ON_SITE)
    assert (answer.status, answer.code) == (409, "slot_closed")


async def test_a_quote_from_before_is_not_kept(bookings: Bookings, closing: Closing) -> None:
    quote = await bookings.call(
        "POST", "/v1/quotes", {"lines": [pottery()]}, token=bookings.visitor
    )
    await closing.close()
    body = {"quote_id": quote.json["quote_id"], "contact": {"name": "陈小溪"}, **ON_SITE}
    answer = await bookings.call(
        "POST", "/v1/orders", body, token=bookings.visitor, key=uuid4().hex
    )
    assert (answer.status, answer.code) == (409, "slot_closed")


async def test_availability_says_that_it_is_shut(bookings: Bookings, closing: Closing) -> None:
    await closing.close(offering_ids=(POTTERY,), venue_ids=(VENUE,), village_ids=())
    answer = await bookings.call(
        "GET",
        "/v1/availability",
        params={"offering": str(POTTERY), "from": str(NEXT_WEEK), "to": str(NEXT_WEEK)},
    )
    [slot] = answer.json["items"]
    assert (slot["closed"], slot["left"], slot["fits"]) == (True, 0, False)


async def test_a_night_is_shut_that_touches_the_time(bookings: Bookings, closing: Closing) -> None:
    # Nights are from 15:00 to 11:00: from Friday noon on the night before it is over.
    await closing.close(kinds=("stay",), closed_from=later(1, 12), closed_until=later(2, 0))
    assert (await bookings.order(camping(), **ON_SITE)).status == 201
    assert (await bookings.order(camping(nights=2), **ON_SITE)).code == "slot_closed"
    tomorrow = NEXT_WEEK + timedelta(days=2)
    assert (await bookings.order(camping(tomorrow), **ON_SITE)).status == 201


async def test_nothing_is_sold_after_the_closure_whoever_runs(
    bookings: Bookings, closing: Closing
) -> None:
    """Sixty buyers run until it is shut: whoever bought did so before the closure's commit."""
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 5_000)
    closure_id, first_sale = uuid4(), asyncio.Event()

    async def buy() -> None:
        token = bookings.tokens.person()
        answer = await bookings.order(pottery(adult=1), token=token, **ON_SITE)
        while answer.code != "slot_closed":
            assert answer.status == 201, answer.json
            first_sale.set()
            answer = await bookings.order(pottery(adult=1), token=token, **ON_SITE)

    async def close() -> None:
        await first_sale.wait()
        await closing.hear(ordered(closure_id), 1)

    await asyncio.gather(close(), *(buy() for _ in range(60)))
    obeyed_at = await bookings.fetch("select obeyed_at from closures")
    sold = await bookings.fetch("select count(*) from orders where placed_at > $1", obeyed_at)
    assert sold == 0


async def test_a_slot_published_later_is_born_closed(bookings: Bookings, closing: Closing) -> None:
    await closing.close()
    assert await closing.closed_slots() == 4
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 16), 10)
    assert await closing.closed_slots() == 5
    await bookings.publish_slot(POTTERY, later(5, 16), 10)
    assert await closing.closed_slots() == 5
    assert (await bookings.order(pottery(hour=16), **ON_SITE)).code == "slot_closed"


async def test_a_slot_of_an_unknown_offering_is_shut_by_its_kind(
    bookings: Bookings, closing: Closing
) -> None:
    await closing.close(kinds=("session",))
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 18), 10)
    assert await closing.closed_slots() == 2


async def test_reopening_is_staged(bookings: Bookings, closing: Closing) -> None:
    closure_id = await closing.close()
    await closing.lift(closure_id, kinds=("session",))
    assert (await bookings.order(pottery(), **ON_SITE)).status == 201
    assert (await bookings.order(camping(), **ON_SITE)).code == "slot_closed"
    await closing.lift(closure_id, venue_ids=(VENUE,), open_from=later(1))
    assert (await bookings.order(camping(), **ON_SITE)).code == "slot_closed"
    assert (await bookings.order(camping(NEXT_WEEK + timedelta(days=1)), **ON_SITE)).status == 201
    await closing.lift(closure_id)
    assert await closing.closed_slots() == 0


async def test_of_two_closures_both_have_to_be_lifted(bookings: Bookings, closing: Closing) -> None:
    typhoon = await closing.close()
    flood = await closing.close(kinds=("stay",), closed_until=later(1, 11))
    assert await closing.closed_slots() == 4
    await closing.lift(typhoon)
    assert await closing.closed_slots() == 1
    await closing.lift(flood, village_ids=(VILLAGE,))
    assert await closing.closed_slots() == 0
    assert (await bookings.order(camping(), **ON_SITE)).status == 201


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 0, 2, 1, 1, 2, 0)])
async def test_events_in_any_order_and_twice_come_to_the_same(
    closing: Closing, order: tuple[int, ...]
) -> None:
    closure_id = uuid4()
    told = (
        (ordered(closure_id), 1),
        (lifted(closure_id, kinds=("session",)), 2),
        (lifted(closure_id, kinds=("stay",), open_from=later(1)), 3),
    )
    for number in order:
        await closing.hear(*told[number])
    assert await closing.closed_slots() == 1


async def test_a_withdrawn_slot_returns_closed(bookings: Bookings, closing: Closing) -> None:
    slot_id = await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 10)
    await bookings.hear(SlotWithdrawn(slot_id=slot_id), slot_id)
    await closing.close()
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 10)
    assert (await bookings.order(pottery(), **ON_SITE)).code == "slot_closed"


async def test_nothing_is_changed_into_what_is_shut(bookings: Bookings, closing: Closing) -> None:
    order = await bookings.order(pottery(), **ON_SITE)
    await bookings.publish_slot(POTTERY, later(5, 14), 10)
    await closing.close(closed_from=later(5), closed_until=later(6))
    change = {
        "line_id": order.json["lines"][0]["line_id"],
        "starts_at": later(5, 14).isoformat(),
    }
    path = f"/v1/orders/{order.json['order_id']}/changes"
    answer = await bookings.call("POST", path, change, token=bookings.visitor, key=uuid4().hex)
    assert (answer.status, answer.code) == (409, "slot_closed")


async def test_nobody_waits_for_what_is_shut(bookings: Bookings, closing: Closing) -> None:
    await closing.close()
    body = {
        "offering_id": str(CAMPING),
        "tickets": {"adult": 2},
        "wishes": [{"date": str(NEXT_WEEK), "nights": 1}],
        "contact": {"name": "陈小溪"},
    }
    answer = await bookings.call(
        "POST", "/v1/waitlist-entries", body, token=bookings.visitor, key=uuid4().hex
    )
    assert (answer.status, answer.code) == (409, "slot_closed")


async def test_an_operator_shuts_one_offering(bookings: Bookings) -> None:
    await hear(bookings, by_operator(uuid4(), offering_ids=(CAMPING,)), uuid4(), 1)
    assert (await bookings.order(camping(), **ON_SITE)).code == "slot_closed"
    assert (await bookings.order(pottery(), **ON_SITE)).status == 201


async def test_a_hold_in_what_is_shut_is_not_paid(paying: Paying) -> None:
    order_id = await paying.hold(pottery())
    await Closing(paying.bookings).close(orders="keep")
    for method in ("on_site", "sandbox"):
        answer = await paying.pay(order_id, method)
        assert (answer.status, answer.code) == (409, "slot_closed")


async def test_money_that_comes_for_what_was_shut_goes_back(paying: Paying) -> None:
    prices = [TicketPrice(ticket_type="adult", fen=12800)]
    await paying.bookings.publish_offering(POTTERY, "session", prices, payment="online")
    order_id = await paying.hold(pottery())
    pay_url = await paying.begin(order_id)
    await Closing(paying.bookings).close(orders="keep")
    await paying.cashier.press(pay_url, "pay")
    await paying.cashier.settled(
        await paying.bookings.fetch("select number from payments order by started_at limit 1")
    )
    row = (await paying.bookings.fetch_rows("select cause, amount_fen from refunds"))[0]
    assert tuple(row) == ("closed", 25600)
    assert await paying.bookings.fetch("select state from orders") == "held"
    assert not await paying.bookings.fetch("select honoured from payments")

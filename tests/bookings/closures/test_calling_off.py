"""What a closure meets is called off: whole refunds, each line once, everybody told once."""

import asyncio
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from services.bookings.jobs.call_off_closed import call_off_closed
from shared.contracts.bookings import LineCancelled, OrderCancelled, PersonAffectedByClosure
from shared.contracts.event import Event
from shared.contracts.terms import OfferingTerms, RefundTerms, TicketPrice
from shared.db import transaction
from tests.bookings.closures.closing import Closing, by_operator, later
from tests.bookings.payments.stage import Paying
from tests.bookings.village import (
    NEXT_WEEK,
    POTTERY,
    VENUE,
    at,
    camping,
    pottery,
)
from tests.bookings.world import Bookings

ON_SITE = {"payment_method": "on_site"}
Told = TypeVar("Told", bound=Event)
TOLD = "select payload::text from outbox where type = $1 order by position"


async def events(bookings: Bookings, kind: type[Told]) -> list[Told]:
    rows = await bookings.fetch_rows(TOLD, kind.event_type)
    return [kind.model_validate_json(row["payload"]) for row in rows]


async def state(bookings: Bookings, order_id: str) -> str:
    found: str = await bookings.fetch(
        "select state from orders where order_id = $1", UUID(order_id)
    )
    return found


async def test_an_order_in_what_is_shut_is_cancelled_whole(
    bookings: Bookings, closing: Closing
) -> None:
    order = (await bookings.order(camping(nights=2), **ON_SITE)).json
    closure_id = await closing.close()
    await closing.call_off()
    assert await state(bookings, order["order_id"]) == "cancelled"
    assert await bookings.taken("slot") == 0
    [event] = await events(bookings, OrderCancelled)
    assert (event.cancelled_by, event.closure_id, event.was_confirmed) == (
        "office",
        closure_id,
        True,
    )
    row = (await bookings.fetch_rows("select cause, reason from line_cancellations"))[0]
    assert tuple(row) == ("disaster", "台风将至，营地关闭")


async def test_only_the_lines_in_what_is_shut_leave_their_orders(
    bookings: Bookings, closing: Closing
) -> None:
    order = (await bookings.order(camping(), pottery(), **ON_SITE)).json
    await closing.close(kinds=("stay",))
    await closing.call_off()
    assert await state(bookings, order["order_id"]) == "confirmed"
    assert await bookings.fetch("select total_fen from orders") == 25600
    [event] = await events(bookings, LineCancelled)
    assert event.line_id == UUID(order["lines"][0]["line_id"])
    assert await events(bookings, OrderCancelled) == []


async def test_what_was_paid_comes_back_whole_whatever_its_terms(paying: Paying) -> None:
    terms = OfferingTerms(refunds=RefundTerms(non_refundable=True))
    prices = [TicketPrice(ticket_type="adult", fen=12800)]
    bookings, closing = paying.bookings, Closing(paying.bookings)
    await bookings.publish_offering(POTTERY, "session", prices, terms, payment="online")
    answer = await bookings.order(pottery(), accepts_no_refund=True)
    order_id = answer.json["order_id"]
    await paying.press(await paying.begin(order_id), "pay")
    closure_id = await closing.close()
    await closing.call_off()
    [refund] = await paying.refunds(order_id)
    assert (refund["amount_fen"], refund["cause"]) == (25600, "disaster")
    progress = await closing.progress(closure_id)
    assert (progress["refunds_started"], progress["refund_fen"]) == (1, 25600)
    assert progress["refunds_done"] == 0
    await paying.send_refunds()
    paying.cashier.hurry()
    await paying.send_refunds()
    await paying.until(lambda: done(bookings))
    assert (await closing.progress(closure_id))["refunds_done"] == 1


async def done(bookings: Bookings) -> bool:
    return bool(await bookings.fetch("select state = 'done' from refunds"))


async def test_what_an_operator_closes_is_the_operators_doing(
    bookings: Bookings, closing: Closing
) -> None:
    await bookings.order(pottery(), **ON_SITE)
    closure_id = uuid4()
    await closing.hear(by_operator(closure_id), 1)
    await closing.call_off()
    [event] = await events(bookings, OrderCancelled)
    assert event.cancelled_by == "operator"
    assert await bookings.fetch("select cause from line_cancellations") == "operator"


async def test_where_orders_are_kept_they_stay(bookings: Bookings, closing: Closing) -> None:
    order = (await bookings.order(pottery(), **ON_SITE)).json
    closure_id = await closing.close(orders="keep")
    await closing.call_off()
    assert await state(bookings, order["order_id"]) == "confirmed"
    progress = await closing.progress(closure_id)
    assert progress["orders_found"] == 0
    assert progress["done_at"] is not None


async def test_whoever_has_several_orders_is_told_once(
    bookings: Bookings, closing: Closing
) -> None:
    first = (await bookings.order(pottery(adult=1), **ON_SITE)).json
    await bookings.order(camping(), **ON_SITE)
    other = bookings.tokens.person()
    await bookings.order(pottery(adult=1), token=other, **ON_SITE)
    closure_id = await closing.close()
    await closing.call_off()
    told = await events(bookings, PersonAffectedByClosure)
    assert sorted(event.cancelled_lines for event in told) == [1, 2]
    assert UUID(first["order_id"]) in {event.order_id for event in told}
    assert {event.closure_id for event in told} == {closure_id}
    progress = await closing.progress(closure_id)
    assert (progress["orders_found"], progress["orders_cancelled"]) == (3, 3)
    assert (progress["people_found"], progress["people_told"]) == (2, 2)


async def test_it_is_all_done_once_however_often_it_runs(
    bookings: Bookings, closing: Closing
) -> None:
    for _ in range(3):
        await bookings.order(pottery(adult=1), token=bookings.tokens.person(), **ON_SITE)
    await closing.close()
    app = bookings.client.app
    await asyncio.gather(*(call_off_closed(app) for _ in range(4)))
    await closing.call_off()
    assert len(await events(bookings, OrderCancelled)) == 3
    assert len(await events(bookings, PersonAffectedByClosure)) == 3
    assert await bookings.fetch("select done_at is not null from closures")


async def test_what_has_begun_is_left_to_people_who_are_told(
    bookings: Bookings, closing: Closing
) -> None:
    order = (await bookings.order(camping(nights=2), **ON_SITE)).json
    await bookings.execute(
        "update order_lines set starts_at = now() - interval '1 hour', day = current_date"
    )
    closure_id = await closing.close(closed_from=later(-8))
    await closing.call_off()
    assert await state(bookings, order["order_id"]) == "confirmed"
    [event] = await events(bookings, PersonAffectedByClosure)
    assert (event.cancelled_lines, event.begun_lines) == (0, 1)
    progress = await closing.progress(closure_id)
    assert (progress["orders_begun"], progress["orders_cancelled"]) == (1, 0)
    assert progress["done_at"] is not None


async def test_a_hold_in_what_is_shut_is_called_off_too(
    bookings: Bookings, closing: Closing
) -> None:
    order = (await bookings.order(pottery())).json
    await closing.close()
    await closing.call_off()
    assert await state(bookings, order["order_id"]) == "cancelled"
    assert await bookings.taken("slot") == 0


async def test_what_was_opened_again_in_time_stays(bookings: Bookings, closing: Closing) -> None:
    order = (await bookings.order(pottery(), **ON_SITE)).json
    closure_id = await closing.close()
    await closing.lift(closure_id, kinds=("session",))
    await closing.call_off()
    assert await state(bookings, order["order_id"]) == "confirmed"
    assert (await closing.progress(closure_id))["orders_found"] == 0


async def test_an_order_that_somebody_is_busy_with_waits(
    bookings: Bookings, closing: Closing
) -> None:
    busy = (await bookings.order(pottery(adult=1), **ON_SITE)).json["order_id"]
    free = await bookings.order(pottery(adult=1), token=bookings.tokens.person(), **ON_SITE)
    closure_id = await closing.close()
    async with transaction(bookings.database) as conn:
        await conn.execute("select 1 from orders where order_id = $1 for update", UUID(busy))
        await closing.call_off()
        assert await state(bookings, free.json["order_id"]) == "cancelled"
        assert (await closing.progress(closure_id))["orders_waiting"] == 1
    await closing.call_off()
    assert await state(bookings, busy) == "cancelled"
    assert (await closing.progress(closure_id))["done_at"] is not None


async def test_a_broken_order_keeps_nobody_elses_waiting(
    bookings: Bookings, closing: Closing
) -> None:
    broken = (await bookings.order(pottery(adult=1), **ON_SITE)).json["order_id"]
    await bookings.order(pottery(adult=1), token=bookings.tokens.person(), **ON_SITE)
    # An event that was told already, which no transaction can tell again.
    await bookings.execute(
        "insert into outbox (id, topic, subject, version, type, payload)"
        " values (uuidv7(), 'bookings.order', $1, 2, 'order.expired.v1', '{}')",
        UUID(broken),
    )
    closure_id = await closing.close()
    await closing.call_off()
    progress = await closing.progress(closure_id)
    assert (progress["orders_cancelled"], progress["orders_waiting"]) == (1, 1)
    assert progress["done_at"] is None


async def test_a_visitor_who_cancels_at_the_same_moment_cancels_once(
    bookings: Bookings, closing: Closing
) -> None:
    order_id = (await bookings.order(pottery(), **ON_SITE)).json["order_id"]
    await closing.close()
    path = f"/v1/orders/{order_id}/cancellations"
    answer, _ = await asyncio.gather(
        bookings.call("POST", path, token=bookings.visitor), closing.call_off()
    )
    assert answer.status == 201
    await closing.call_off()
    assert len(await events(bookings, OrderCancelled)) == 1
    assert await bookings.fetch("select count(*) from line_cancellations") == 1


async def test_a_payment_at_the_same_moment_stands_or_goes_back(paying: Paying) -> None:
    prices = [TicketPrice(ticket_type="adult", fen=12800)]
    bookings, closing = paying.bookings, Closing(paying.bookings)
    await bookings.publish_offering(POTTERY, "session", prices, payment="online")
    order_ids = []
    pages = []
    for _ in range(3):
        order_ids.append(await paying.hold(pottery(adult=1)))
        pages.append(await paying.begin(order_ids[-1]))
    await asyncio.gather(closing.close(), *(paying.press(page, "pay") for page in pages))
    await paying.until(lambda: captured(bookings))
    await closing.call_off()
    # Honoured before the closure and then called off, or never honoured: it all goes back.
    assert await bookings.fetch("select sum(amount_fen)::int from refunds") == 3 * 12800
    assert {await state(bookings, order_id) for order_id in order_ids} == {"cancelled"}


async def captured(bookings: Bookings) -> bool:
    return bool(await bookings.fetch("select bool_and(state = 'captured') from payments"))


async def test_those_who_are_told_can_say_that_they_know(
    bookings: Bookings, closing: Closing
) -> None:
    await bookings.order(pottery(), **ON_SITE)
    closure_id = await closing.close()
    path = f"/v1/closures/{closure_id}/acknowledgements"
    early = await bookings.call("POST", path, token=bookings.visitor)
    assert (early.status, early.code) == (404, "not_found")
    await closing.call_off()
    first = await bookings.call("POST", path, token=bookings.visitor)
    second = await bookings.call("POST", path, token=bookings.visitor)
    assert (first.status, first.json) == (201, second.json)
    assert (await closing.progress(closure_id))["people_acknowledged"] == 1
    stranger = await bookings.call("POST", path, token=bookings.tokens.person())
    assert (stranger.status, stranger.code) == (404, "not_found")


async def test_two_closures_over_each_other_call_off_once(
    bookings: Bookings, closing: Closing
) -> None:
    await bookings.order(camping(), **ON_SITE)
    await closing.close()
    await closing.close(kinds=("stay",))
    await closing.call_off()
    assert len(await events(bookings, OrderCancelled)) == 1
    assert len(await events(bookings, PersonAffectedByClosure)) == 1


@pytest.mark.parametrize("orders", [300])
async def test_hundreds_of_orders_take_seconds(
    bookings: Bookings, closing: Closing, orders: int
) -> None:
    await bookings.publish_village(day_capacity=5000, district=5000)
    await bookings.publish_venue(day_capacity=5000)
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 2000)
    people = [bookings.tokens.person() for _ in range(orders)]
    await asyncio.gather(
        *(bookings.order(pottery(adult=1), token=token, **ON_SITE) for token in people)
    )
    closure_id = await closing.close()
    await closing.call_off()
    progress = await closing.progress(closure_id)
    assert (progress["orders_cancelled"], progress["people_told"]) == (orders, orders)
    assert await bookings.taken("slot") == 0


async def test_the_impact_says_what_will_happen(bookings: Bookings, closing: Closing) -> None:
    await bookings.order(camping(nights=2), pottery(adult=3), **ON_SITE)
    await bookings.order(pottery(adult=1), token=bookings.tokens.person(), **ON_SITE)
    body = {
        "venue_ids": [str(VENUE)],
        "from": later(0).isoformat(),
        "until": later(1).isoformat(),
    }
    token = bookings.tokens.service("venues")
    answer = await bookings.call("POST", "/v1/closure-impacts", body, token=token)
    impact = answer.json
    assert (impact["venues"], impact["offerings"], impact["slots"]) == (1, 2, 2)
    assert (impact["orders"], impact["lines"], impact["accounts"]) == (2, 3, 2)
    assert (impact["people"], impact["refund_fen"], impact["begun"]) == (4, 0, 0)
    [village] = impact["villages"]
    assert (village["parties"], village["people"]) == (2, 4)
    closure_id = await closing.close(
        village_ids=(), venue_ids=(VENUE,), closed_until=later(0) + timedelta(days=1)
    )
    await closing.call_off()
    assert (await closing.progress(closure_id))["orders_found"] == impact["orders"]


async def test_who_sleeps_there_tonight_is_counted(bookings: Bookings, closing: Closing) -> None:
    await bookings.order(camping(nights=2, adult=3), **ON_SITE)
    await bookings.execute(
        "update order_lines set starts_at = now() - interval '1 hour', nights = 1,"
        " day = (now() at time zone 'Asia/Shanghai')::date, ends_at = now() + interval '9 hours'"
    )
    body = {
        "venue_ids": [str(VENUE)],
        "from": later(10).isoformat(),
        "until": later(11).isoformat(),
    }
    token = bookings.tokens.service("venues")
    impact = (await bookings.call("POST", "/v1/closure-impacts", body, token=token)).json
    assert (impact["sleeping_tonight"], impact["orders"]) == (3, 0)
    assert await closing.closed_slots() == 0

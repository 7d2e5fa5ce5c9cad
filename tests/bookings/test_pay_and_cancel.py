"""What becomes of an order: paid, cancelled, expired; each place given back exactly once."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.bookings.jobs.expire_holds import expire_holds
from tests.bookings.village import NEXT_WEEK, camping, pottery
from tests.bookings.world import Answer, Bookings

END_HOLDS = "update orders set hold_expires_at = now() - interval '1 second' where state = 'held'"
BEGIN = "update order_lines set starts_at = now() - interval '1 minute'"


async def held(bookings: Bookings) -> str:
    return str((await bookings.order(pottery())).json["order_id"])


async def confirmed(bookings: Bookings) -> str:
    answer = await bookings.order(pottery(), camping(), payment_method="on_site")
    return str(answer.json["order_id"])


async def pay(bookings: Bookings, order_id: str, token: str | None = None) -> Answer:
    path = f"/v1/orders/{order_id}/payments"
    return await bookings.call("POST", path, {"method": "on_site"}, token=token or bookings.visitor)


async def cancel(bookings: Bookings, order_id: str, token: str | None = None) -> Answer:
    path = f"/v1/orders/{order_id}/cancellations"
    return await bookings.call("POST", path, {}, token=token or bookings.visitor)


async def test_a_held_order_that_is_paid_is_confirmed(bookings: Bookings) -> None:
    order_id = await held(bookings)
    answer = await pay(bookings, order_id)
    assert (answer.status, answer.json["state"]) == (201, "confirmed")
    assert await bookings.told() == [
        ("order.held.v1", UUID(order_id), 1),
        ("order.confirmed.v1", UUID(order_id), 2),
    ]


async def test_paying_again_changes_nothing(bookings: Bookings) -> None:
    order_id = await held(bookings)
    answers = await asyncio.gather(*(pay(bookings, order_id) for _ in range(5)))
    assert {answer.status for answer in answers} == {201}
    assert len(await bookings.told()) == 2


async def test_a_hold_whose_time_is_over_can_not_be_paid(bookings: Bookings) -> None:
    order_id = await held(bookings)
    await bookings.execute(END_HOLDS)
    answer = await pay(bookings, order_id)
    assert (answer.status, answer.code) == (409, "hold_expired")


async def test_a_cancelled_order_can_not_be_paid(bookings: Bookings) -> None:
    order_id = await held(bookings)
    await cancel(bookings, order_id)
    answer = await pay(bookings, order_id)
    assert (answer.status, answer.code) == (409, "order_not_payable")


async def test_what_costs_money_can_not_be_settled_as_free(bookings: Bookings) -> None:
    path = f"/v1/orders/{await held(bookings)}/payments"
    answer = await bookings.call("POST", path, {"method": "free"}, token=bookings.visitor)
    assert (answer.status, answer.code) == (409, "payment_method_not_accepted")


async def test_a_cancelled_order_gives_all_its_places_back_once(bookings: Bookings) -> None:
    order_id = await confirmed(bookings)
    answers = await asyncio.gather(*(cancel(bookings, order_id) for _ in range(10)))
    assert {answer.status for answer in answers} == {201}
    assert {answer.json["state"] for answer in answers} == {"cancelled"}
    assert await bookings.taken("district_day") == 0
    assert [kind for kind, _, _ in await bookings.told()] == [
        "order.confirmed.v1",
        "order.cancelled.v1",
    ]


async def test_what_has_begun_can_not_be_cancelled(bookings: Bookings) -> None:
    order_id = await confirmed(bookings)
    await bookings.execute(BEGIN)
    answer = await cancel(bookings, order_id)
    assert (answer.status, answer.code) == (409, "order_not_cancellable")
    assert answer.json["reason"] == "begun"


async def test_holds_expire_and_give_their_places_back(bookings: Bookings) -> None:
    order_id = await held(bookings)
    standing = await held(bookings)
    await bookings.execute(f"{END_HOLDS} and order_id = $1", UUID(order_id))
    await expire_holds(bookings.client.app)
    await expire_holds(bookings.client.app)
    states = [
        (await bookings.call("GET", f"/v1/orders/{one}", token=bookings.visitor)).json["state"]
        for one in (order_id, standing)
    ]
    assert states == ["expired", "held"]
    assert await bookings.taken("slot", NEXT_WEEK) == 2
    assert ("order.expired.v1", UUID(order_id), 2) in await bookings.told()


async def test_two_workers_expire_each_hold_once(bookings: Bookings) -> None:
    for _ in range(5):
        await held(bookings)
        await bookings.execute(END_HOLDS)
    await asyncio.gather(*(expire_holds(bookings.client.app) for _ in range(4)))
    told = [kind for kind, _, _ in await bookings.told()]
    assert told.count("order.expired.v1") == 5
    assert await bookings.taken("slot", NEXT_WEEK) == 0


async def test_a_payment_that_races_the_expiry_ends_confirmed_or_expired(
    bookings: Bookings,
) -> None:
    for _ in range(10):
        order_id = await held(bookings)
        paid, cancelled, _ = await asyncio.gather(
            pay(bookings, order_id), cancel(bookings, order_id), expire_holds(bookings.client.app)
        )
        order = await bookings.call("GET", f"/v1/orders/{order_id}", token=bookings.visitor)
        assert cancelled.status == 201
        assert order.json["state"] == "cancelled"
        assert paid.status in (201, 409)
    assert await bookings.taken("slot", NEXT_WEEK) == 0


@pytest.mark.parametrize("act", [pay, cancel])
async def test_an_order_of_somebody_else_is_not_found(bookings: Bookings, act: object) -> None:
    order_id = await held(bookings)
    stranger = bookings.tokens.person()
    assert callable(act)
    theirs = await act(bookings, order_id, stranger)
    missing = await act(bookings, str(uuid4()), stranger)
    assert (theirs.status, theirs.code) == (404, "not_found")
    own = {"instance", "request_id"}
    assert {k: v for k, v in theirs.json.items() if k not in own} == {
        k: v for k, v in missing.json.items() if k not in own
    }


@pytest.mark.parametrize(
    ("state", "constraint"),
    [("held", "orders_state_edges"), ("no_show", "orders_state_edges")],
)
async def test_the_database_refuses_illegal_edges(
    bookings: Bookings, state: str, constraint: str
) -> None:
    order_id = await confirmed(bookings)
    await cancel(bookings, order_id)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await bookings.execute(
            "update orders set state = $2, hold_expires_at = now() where order_id = $1",
            UUID(order_id),
            state,
        )
    assert refused.value.constraint_name == constraint


async def test_the_database_refuses_to_give_places_back_twice(bookings: Bookings) -> None:
    order_id = await confirmed(bookings)
    await cancel(bookings, order_id)
    with pytest.raises(asyncpg.CheckViolationError):
        await bookings.execute(
            "update order_lines set claim_state = 'kept' where order_id = $1", UUID(order_id)
        )


async def test_one_broken_hold_keeps_no_other_ones_places(bookings: Bookings) -> None:
    broken, healthy = await held(bookings), await held(bookings)
    # Its release would give back more than was taken, which the database refuses.
    await bookings.execute(
        "update pools set taken = 3 where scope = 'slot' and taken > 0 and day = $1", NEXT_WEEK
    )
    await bookings.execute(END_HOLDS)
    await expire_holds(bookings.client.app)
    states = {
        (await bookings.call("GET", f"/v1/orders/{one}", token=bookings.visitor)).json["state"]
        for one in (broken, healthy)
    }
    assert states == {"held", "expired"}
    await bookings.execute(
        "update pools set taken = 2 where scope = 'slot' and taken > 0 and day = $1", NEXT_WEEK
    )


async def test_an_order_is_paid_as_it_was_offered_whatever_the_offering_costs_today(
    bookings: Bookings,
) -> None:
    order_id = await held(bookings)
    await bookings.execute("update offering_editions set payment = 'free'")
    path = f"/v1/orders/{order_id}/payments"
    free = await bookings.call("POST", path, {"method": "free"}, token=bookings.visitor)
    assert (free.status, free.code) == (409, "payment_method_not_accepted")
    assert (await pay(bookings, order_id)).status == 201


async def test_a_visitor_holds_three_unpaid_orders_at_most(bookings: Bookings) -> None:
    answers = await asyncio.gather(*(bookings.order(pottery(adult=1)) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201] * 3 + [409] * 5
    assert {answer.code for answer in answers if answer.status == 409} == {"too_many_holds"}
    assert await bookings.taken("slot", NEXT_WEEK) == 3

"""Lines leave their order one by one: places, money and events, each once."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.terms import RefundTerms
from tests.bookings.life.stage import ADULT, HALF, Life, line_of, without_own
from tests.bookings.village import CAMPING, NEXT_WEEK, camping, pottery

NON_REFUNDABLE = RefundTerms(non_refundable=True)


async def test_one_line_leaves_and_the_others_stand(life: Life) -> None:
    order = await life.ordered(pottery(), camping())
    answer = await life.cancel(order["order_id"], line_of(order))
    after = answer.json
    assert (answer.status, after["state"], after["total_fen"]) == (201, "confirmed", 19900)
    assert [line["left_as"] for line in after["lines"]] == ["cancelled", None]
    assert await life.bookings.taken("slot") == 1
    told = await life.events(order["order_id"])
    assert told[-1]["type"] == "order.line_cancelled.v1"
    assert (told[-1]["line_id"], told[-1]["cancelled_by"]) == (line_of(order), "visitor")
    assert (await life.balances(order["order_id"])) == {"receivable": 19900, "sales": -19900}


async def test_with_its_last_line_the_order_is_cancelled_whole(life: Life) -> None:
    order = await life.ordered(pottery(), camping())
    await life.cancel(order["order_id"], line_of(order))
    answer = await life.cancel(order["order_id"], line_of(order, 1))
    assert answer.json["state"] == "cancelled"
    assert [event["type"] for event in await life.events(order["order_id"])] == [
        "order.confirmed.v1",
        "order.line_cancelled.v1",
        "order.cancelled.v1",
    ]
    assert await life.bookings.taken("district_day") == 0


async def test_several_lines_leave_together_and_each_is_told(life: Life) -> None:
    order = await life.ordered(pottery(), camping(), pottery(adult=1))
    answer = await life.cancel(order["order_id"], line_of(order), line_of(order, 2))
    assert (answer.json["state"], answer.json["total_fen"]) == ("confirmed", 19900)
    told = await life.events(order["order_id"])
    assert [event["type"] for event in told[1:]] == ["order.line_cancelled.v1"] * 2


async def test_cancelling_a_line_again_gives_the_same_answer_and_does_nothing(life: Life) -> None:
    order = await life.paid(pottery(), camping())
    again = await asyncio.gather(
        *(life.cancel(order["order_id"], line_of(order)) for _ in range(6))
    )
    assert {answer.status for answer in again} == {201}
    assert len({str(answer.json) for answer in again}) == 1
    assert len(await life.refunds(order["order_id"])) == 1
    late = await life.cancel(order["order_id"], line_of(order), expected_refund_fen=1)
    assert late.json == again[0].json


@pytest.mark.parametrize(("ahead", "percent"), [(49, 100), (47, 50), (1.5, 50), (0.5, 0)], ids=str)
async def test_what_was_paid_comes_back_as_the_tier_of_the_moment_says(
    life: Life, ahead: float, percent: int
) -> None:
    await life.terms(HALF)
    order = await life.paid(pottery(adult=3), camping())
    await life.starts_in(line_of(order), hours=ahead)
    answer = await life.cancel(order["order_id"], line_of(order))
    refund = 3 * ADULT * percent // 100
    fee = 3 * ADULT - refund
    assert answer.json["refunded_fen"] == refund
    assert await life.refunds(order["order_id"]) == ([(refund, "visitor")] if refund else [])
    told = (await life.events(order["order_id"]))[-1]
    assert told["refund_fen"] == refund
    balances = {
        "provider": 3 * ADULT + 19900,
        "sales": -19900,
        "refunds_owed": -refund,
        "cancellation_fees": -fee,
    }
    assert await life.balances(order["order_id"]) == {k: v for k, v in balances.items() if v}


async def test_lines_keep_the_refund_rules_that_they_were_sold_under(life: Life) -> None:
    await life.terms(HALF)
    order = await life.paid()
    await life.terms(NON_REFUNDABLE)
    await life.starts_in(line_of(order), hours=72)
    answer = await life.cancel(order["order_id"])
    assert answer.json["refunded_fen"] == 2 * ADULT


async def test_what_is_not_refundable_costs_its_whole_price(life: Life) -> None:
    await life.terms(NON_REFUNDABLE)
    order = await life.paid(pottery(), accepts_no_refund=True)
    answer = await life.cancel(order["order_id"])
    assert (answer.json["state"], answer.json["refunded_fen"]) == ("cancelled", 0)
    assert await life.balances(order["order_id"]) == {
        "provider": 2 * ADULT,
        "cancellation_fees": -2 * ADULT,
    }


async def test_what_is_paid_at_the_venue_costs_nothing_however_late(life: Life) -> None:
    await life.terms(NON_REFUNDABLE)
    order = await life.ordered(pottery(), accepts_no_refund=True)
    await life.starts_in(line_of(order), hours=0.1)
    await life.cancel(order["order_id"])
    assert await life.balances(order["order_id"]) == {}
    assert await life.refunds(order["order_id"]) == []


async def test_another_refund_than_was_shown_is_refused(life: Life) -> None:
    await life.terms(HALF)
    order = await life.paid()
    await life.starts_in(line_of(order), hours=47)
    answer = await life.cancel(order["order_id"], expected_refund_fen=2 * ADULT)
    assert (answer.status, answer.code, answer.json["refund_fen"]) == (
        409,
        "refund_changed",
        ADULT,
    )
    assert (await life.order(order["order_id"]))["state"] == "confirmed"
    assert (await life.cancel(order["order_id"], expected_refund_fen=ADULT)).status == 201


async def test_a_line_that_began_stays_and_the_others_can_go(life: Life) -> None:
    order = await life.ordered(pottery(), camping())
    await life.starts_in(line_of(order), minutes=-1)
    for refused in (
        await life.cancel(order["order_id"]),
        await life.cancel(order["order_id"], line_of(order)),
        await life.cancel(order["order_id"], line_of(order), line_of(order, 1)),
    ):
        assert (refused.status, refused.code) == (409, "order_not_cancellable")
        assert (refused.json["reason"], refused.json["lines"]) == ("begun", [line_of(order)])
    answer = await life.cancel(order["order_id"], line_of(order, 1))
    assert [line["left_as"] for line in answer.json["lines"]] == [None, "cancelled"]


async def test_a_line_of_which_somebody_came_stays(life: Life) -> None:
    order = await life.ordered(pottery(), camping())
    assert (await life.check_in(line_of(order, 1))).status == 201
    refused = await life.cancel(order["order_id"])
    assert (refused.json["reason"], refused.json["lines"]) == ("checked_in", [line_of(order, 1)])
    assert (await life.cancel(order["order_id"], line_of(order))).status == 201


async def test_a_line_of_a_held_order_leaves_without_a_word(life: Life) -> None:
    order = await life.held(pottery(), camping())
    answer = await life.cancel(order["order_id"], line_of(order))
    assert (answer.json["state"], answer.json["total_fen"]) == ("held", 19900)
    assert [event["type"] for event in await life.events(order["order_id"])] == ["order.held.v1"]
    await life.pay(order["order_id"])
    told = (await life.events(order["order_id"]))[-1]
    assert [line["line_id"] for line in told["lines"]] == [line_of(order, 1)]
    assert (told["total_fen"], await life.balances(order["order_id"])) == (
        19900,
        {"provider": 19900, "sales": -19900},
    )


async def test_a_held_order_of_which_nothing_is_left_to_pay_is_free(life: Life) -> None:
    await life.bookings.publish_offering(CAMPING, "stay", {"pitch": 0}, payment="online")
    order = await life.held(pottery(), camping())
    assert order["accepted_payment"] == "online"
    answer = await life.cancel(order["order_id"], line_of(order))
    assert (answer.json["total_fen"], answer.json["accepted_payment"]) == (0, "free")


async def test_a_held_order_is_paid_as_the_strictest_of_its_lines_that_stand(life: Life) -> None:
    await life.bookings.publish_offering(CAMPING, "stay", {"pitch": 19900}, payment="online")
    order = await life.held(pottery(), camping())
    answer = await life.cancel(order["order_id"], line_of(order, 1))
    assert (order["accepted_payment"], answer.json["accepted_payment"]) == ("online", "on_site")


async def test_a_line_of_another_order_is_not_found(life: Life) -> None:
    order, other = await life.ordered(), await life.ordered()
    for line_id in (line_of(other), str(uuid4())):
        answer = await life.cancel(order["order_id"], line_of(order), line_id)
        assert (answer.status, answer.code) == (404, "not_found")
    assert (await life.order(order["order_id"]))["state"] == "confirmed"


@pytest.mark.parametrize("act", ["cancel", "preview", "list"])
async def test_an_order_of_somebody_else_is_not_found(life: Life, act: str) -> None:
    order = await life.ordered()
    stranger = life.bookings.tokens.person()
    method, what = {
        "cancel": ("POST", "/cancellations"),
        "preview": ("GET", "/cancellation-preview"),
        "list": ("GET", "/cancellations"),
    }[act]
    body: Any = {} if method == "POST" else None
    theirs, missing = [
        await life.call(method, order_id, what, body, token=stranger)
        for order_id in (order["order_id"], str(uuid4()))
    ]
    assert theirs.status == 404
    assert without_own(theirs) == without_own(missing)


@pytest.mark.parametrize(
    "body",
    [
        {"line_ids": []},
        {"line_ids": ["x"]},
        {"line_ids": [str(UUID(int=1))] * 101},
        {"reason": ""},
        {"reason": "x" * 201},
        {"expected_refund_fen": -1},
        {"expected_refund_fen": True},
        {"expected_refund_fen": "1"},
        {"expected_refund_fen": 2**63},
        {"refund_fen": 1},
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused(life: Life, body: Any) -> None:
    order = await life.ordered()
    answer = await life.call("POST", order["order_id"], "/cancellations", body)
    assert answer.status == 422
    assert (await life.order(order["order_id"]))["state"] == "confirmed"


async def test_the_reason_can_be_read_afterwards(life: Life) -> None:
    order = await life.paid(pottery(), camping())
    await life.cancel(order["order_id"], line_of(order), reason="孩子发烧了")
    [item] = (await life.call("GET", order["order_id"], "/cancellations")).json["items"]
    assert (item["line_id"], item["cause"], item["reason"]) == (
        line_of(order),
        "visitor",
        "孩子发烧了",
    )


async def test_a_cancellation_that_races_a_check_in_leaves_one_of_them(life: Life) -> None:
    for _ in range(5):
        order = await life.ordered(pottery(adult=1))
        cancelled, checked_in = await asyncio.gather(
            life.cancel(order["order_id"], line_of(order)), life.check_in(line_of(order))
        )
        assert sorted((cancelled.status, checked_in.status)) == [201, 409]
        state = (await life.order(order["order_id"]))["state"]
        assert state == ("cancelled" if cancelled.status == 201 else "confirmed")


async def test_two_lines_that_leave_at_once_both_leave(life: Life) -> None:
    order = await life.paid(pottery(), camping())
    await asyncio.gather(
        life.cancel(order["order_id"], line_of(order)),
        life.cancel(order["order_id"], line_of(order, 1)),
    )
    after = await life.order(order["order_id"])
    assert (after["state"], after["refunded_fen"]) == ("cancelled", after["paid_fen"])
    assert await life.bookings.taken("village_day", NEXT_WEEK) == 0

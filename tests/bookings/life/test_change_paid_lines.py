"""Changes of what was paid for in advance: the difference comes back, or is paid first."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.bookings.jobs.lapse_changes import lapse_changes
from tests.bookings.life.stage import ADULT, HALF, Life, hour, line_of, weekend
from tests.bookings.village import CAMPING, NEXT_WEEK, POTTERY, Json, at, camping, pottery

DAY_AFTER = NEXT_WEEK + timedelta(days=1)
END_WAIT = "update order_lines set held_until = now() - interval '1 s' where held_until is not null"
MOST_PERCENT = "select most_percent from order_lines where line_id = $1"


async def waiting(life: Life, adults: int = 3) -> tuple[Json, str]:
    """Return an order that was paid, and the line that waits for the payment of its change."""
    order = await life.paid(pottery(adult=2), camping())
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": adults})
    assert answer.status == 201, answer.json
    return order, str(answer.json["line_id"])


async def lapse(life: Life) -> None:
    await life.bookings.execute(END_WAIT)
    await lapse_changes(life.bookings.client.app)


async def lines(life: Life, order: Json) -> dict[str, Any]:
    """Return how each line of the order stands, by its id."""
    after = await life.order(order["order_id"])
    return {line["line_id"]: (line["state"], line["left_as"]) for line in after["lines"]}


async def test_what_it_costs_less_comes_back_whole_in_time(life: Life) -> None:
    await life.terms(HALF)
    order = await life.paid(pottery(adult=3))
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 1})
    assert answer.json | {"order": None} == {
        "earlier_price_fen": 3 * ADULT,
        "price_fen": ADULT,
        "difference_fen": -2 * ADULT,
        "due_fen": 0,
        "refund_fen": 2 * ADULT,
        "fee_fen": 0,
        "order_id": order["order_id"],
        "line_id": answer.json["line_id"],
        "replaced_line_id": line_of(order),
        "pay_until": None,
        "order": None,
    }
    assert await life.refunds(order["order_id"]) == [(2 * ADULT, "changed")]
    assert await life.balances(order["order_id"]) == {
        "provider": 3 * ADULT,
        "sales": -ADULT,
        "refunds_owed": -2 * ADULT,
    }


async def test_later_it_comes_back_by_the_tier_of_the_moment(life: Life) -> None:
    await life.terms(HALF)
    order = await life.paid(pottery(adult=3))
    await life.starts_in(line_of(order), hours=47)
    change = {"starts_at": hour(14), "tickets": {"adult": 1}}
    answer = await life.change(order["order_id"], line_of(order), **change)
    assert (answer.json["refund_fen"], answer.json["fee_fen"], answer.json["difference_fen"]) == (
        ADULT,
        ADULT,
        -ADULT,
    )
    assert await life.balances(order["order_id"]) == {
        "provider": 3 * ADULT,
        "sales": -ADULT,
        "cancellation_fees": -ADULT,
        "refunds_owed": -ADULT,
    }


async def test_a_late_cancellation_is_made_no_early_one_by_changing_first(life: Life) -> None:
    await life.terms(HALF)
    far = NEXT_WEEK + timedelta(days=20)
    await life.bookings.publish_slot(POTTERY, at(far, 14), 10)
    order = await life.paid(pottery(adult=2))
    await life.starts_in(line_of(order), hours=47)
    answer = await life.change(order["order_id"], line_of(order), starts_at=hour(14, far))
    new = answer.json["line_id"]
    assert (answer.status, answer.json["difference_fen"]) == (201, 0)
    assert await life.bookings.fetch(MOST_PERCENT, UUID(new)) == 50
    shown = (await life.preview(order["order_id"])).json
    assert (shown["refund_fen"], shown["lines"][0]["percent"]) == (ADULT, 50)
    assert (await life.cancel(order["order_id"])).json["refunded_fen"] == ADULT


async def test_what_it_costs_more_is_paid_first(life: Life) -> None:
    order = await life.paid(pottery(adult=2), camping())
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 3})
    new, after = answer.json["line_id"], answer.json["order"]
    assert (answer.json["due_fen"], answer.json["difference_fen"]) == (ADULT, ADULT)
    assert answer.json["pay_until"] == after["lines"][2]["held_until"]
    assert (after["state"], after["total_fen"]) == ("confirmed", order["total_fen"])
    assert await lines(life, order) == {
        line_of(order): ("kept", None),
        line_of(order, 1): ("kept", None),
        new: ("held", None),
    }
    assert await life.bookings.taken("slot", NEXT_WEEK) == 4
    tickets = (await life.call("GET", order["order_id"], "/tickets")).json["items"]
    assert new not in {ticket["line_id"] for ticket in tickets}
    assert (await life.check_in(new)).code == "ticket_cancelled"


async def test_once_paid_it_stands(life: Life) -> None:
    order, new = await waiting(life)
    await life.report(await life.begun(order["order_id"], new))
    after = await life.order(order["order_id"])
    assert (after["total_fen"], after["paid_fen"]) == (order["total_fen"] + ADULT,) * 2
    assert (await lines(life, order))[line_of(order)] == ("released", "changed")
    assert (await lines(life, order))[new] == ("kept", None)
    assert await life.bookings.taken("slot", NEXT_WEEK) == 4
    assert [event["type"] for event in await life.events(order["order_id"])][-2:] == [
        "payment.captured.v1",
        "order.line_changed.v1",
    ]
    assert await life.balances(order["order_id"]) == {
        "provider": after["paid_fen"],
        "sales": -after["total_fen"],
    }


async def test_what_was_paid_in_two_parts_comes_back_in_both(life: Life) -> None:
    order, new = await waiting(life)
    await life.report(await life.begun(order["order_id"], new))
    answer = await life.cancel(order["order_id"], new)
    assert answer.json["refunded_fen"] == 3 * ADULT
    assert sorted(await life.refunds(order["order_id"])) == [
        (ADULT, "visitor"),
        (2 * ADULT, "visitor"),
    ]
    assert (await life.cancel(order["order_id"])).json["state"] == "cancelled"


async def test_unpaid_it_lapses_and_the_earlier_line_stands(life: Life) -> None:
    order, new = await waiting(life)
    await lapse_changes(life.bookings.client.app)
    assert (await lines(life, order))[new] == ("held", None)
    await asyncio.gather(*(lapse(life) for _ in range(3)))
    assert (await lines(life, order))[new] == ("released", "lapsed")
    assert (await lines(life, order))[line_of(order)] == ("kept", None)
    assert await life.bookings.taken("slot", NEXT_WEEK) == 3
    assert (await life.order(order["order_id"]))["total_fen"] == order["total_fen"]
    again = await life.change(order["order_id"], line_of(order), tickets={"adult": 1})
    assert again.status == 201


async def test_money_for_what_lapsed_goes_back(life: Life) -> None:
    order, new = await waiting(life)
    payment = await life.begun(order["order_id"], new)
    await lapse(life)
    await life.report(payment)
    assert await life.refunds(order["order_id"]) == [(ADULT, "too_late")]
    assert (await lines(life, order))[line_of(order)] == ("kept", None)
    assert await life.bookings.taken("slot", NEXT_WEEK) == 3


async def test_money_that_comes_before_the_job_is_in_time(life: Life) -> None:
    order, new = await waiting(life)
    payment = await life.begun(order["order_id"], new)
    await life.bookings.execute(END_WAIT)
    await life.report(payment)
    await lapse_changes(life.bookings.client.app)
    assert (await lines(life, order))[new] == ("kept", None)


async def test_a_dearer_stay_shifts_where_the_shared_night_is_full(life: Life) -> None:
    order = await life.paid(weekend(2))
    for _ in range(4):
        await life.ordered(camping(DAY_AFTER), token=life.bookings.tokens.person())
    await life.bookings.publish_offering(CAMPING, "stay", {"pitch": 25000})
    answer = await life.change(
        order["order_id"], line_of(order), date=DAY_AFTER.isoformat(), nights=2
    )
    new = answer.json["line_id"]
    assert (answer.status, answer.json["due_fen"]) == (201, 2 * 25000 - 2 * 19900)
    nights = [NEXT_WEEK + timedelta(days=night) for night in range(3)]
    assert [await life.bookings.taken("slot", day) for day in nights] == [1, 5, 1]
    await life.report(await life.begun(order["order_id"], new))
    assert [await life.bookings.taken("slot", day) for day in nights] == [0, 5, 1]
    assert (await life.cancel(order["order_id"])).json["refunded_fen"] == 50000
    assert [await life.bookings.taken("slot", day) for day in nights] == [0, 4, 0]


async def test_a_dearer_party_of_the_same_size_needs_no_places_to_wait(life: Life) -> None:
    order = await life.paid(pottery(adult=1, child=3))
    await life.ordered(pottery(adult=6))
    answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 4})
    new = answer.json["line_id"]
    assert (answer.status, await life.bookings.taken("slot")) == (201, 10)
    await life.report(await life.begun(order["order_id"], new))
    assert await life.bookings.taken("slot") == 10
    await life.cancel(order["order_id"])
    assert await life.bookings.taken("slot") == 6


async def test_while_it_waits_nothing_else_about_the_line_changes(life: Life) -> None:
    order, new = await waiting(life)
    for line_id in (line_of(order), new):
        answer = await life.change(order["order_id"], line_id, tickets={"adult": 1})
        assert (answer.code, answer.json["reason"]) == ("line_not_changeable", "waits_for_payment")


async def test_a_change_can_be_withdrawn_while_it_waits(life: Life) -> None:
    order, new = await waiting(life)
    answer = await life.cancel(order["order_id"], new)
    assert (answer.status, answer.json["state"]) == (201, "confirmed")
    assert (await lines(life, order))[new] == ("released", "lapsed")
    assert await life.refunds(order["order_id"]) == []
    again = await life.cancel(order["order_id"], new)
    assert again.json == answer.json
    changed = await life.change(order["order_id"], line_of(order), tickets={"adult": 4})
    assert changed.status == 201


async def test_a_change_lapses_with_the_line_that_it_was_for(life: Life) -> None:
    order, new = await waiting(life)
    payment = await life.begun(order["order_id"], new)
    await life.cancel(order["order_id"], line_of(order))
    assert await lines(life, order) == {
        line_of(order): ("released", "cancelled"),
        line_of(order, 1): ("kept", None),
        new: ("released", "lapsed"),
    }
    await life.report(payment)
    assert sorted(await life.refunds(order["order_id"])) == [
        (ADULT, "too_late"),
        (2 * ADULT, "visitor"),
    ]


async def test_a_change_lapses_with_its_order(life: Life) -> None:
    order, new = await waiting(life)
    payment = await life.begun(order["order_id"], new)
    assert (await life.cancel(order["order_id"])).json["state"] == "cancelled"
    assert (await lines(life, order))[new] == ("released", "lapsed")
    assert await life.bookings.taken("slot") == 0
    await life.report(payment)
    after = await life.order(order["order_id"])
    assert after["refunded_fen"] == after["paid_fen"]


async def test_a_change_is_over_when_somebody_came_by_the_earlier_ticket(life: Life) -> None:
    order, new = await waiting(life)
    payment = await life.begun(order["order_id"], new)
    assert (await life.check_in(line_of(order))).status == 201
    await life.report(payment)
    assert await life.refunds(order["order_id"]) == [(ADULT, "too_late")]
    assert (await lines(life, order))[line_of(order)] == ("kept", None)
    await lapse(life)

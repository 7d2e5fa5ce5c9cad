"""A little of everything that orders can become, to plant violations in."""

from typing import Final
from uuid import uuid4

from services.bookings.jobs.offer_places import offer_places
from shared.contracts.terms import OfferingTerms, RefundTerms, RefundTier
from tests.bookings.payments.stage import adults, tea
from tests.bookings.proof.stage import Proof, line_of
from tests.bookings.village import CAMPING, NEXT_WEEK, POTTERY, at, camping, pottery

HALF: Final = OfferingTerms(
    refunds=RefundTerms(
        ordinary=(RefundTier(hours_before=48, percent=100), RefundTier(hours_before=1, percent=50))
    )
)
MORNING: Final = at(NEXT_WEEK, 9)
EVENING: Final = at(NEXT_WEEK, 19)


async def populate(proof: Proof) -> None:
    """Let visitors book, pay, change, cancel and come; at the end nothing is on its way."""
    bookings = proof.bookings
    await bookings.publish_offering(POTTERY, "session", {"adult": 12800, "child": 6800}, HALF)
    await bookings.publish_slot(POTTERY, EVENING, 20)
    await bookings.publish_slot(CAMPING, at(NEXT_WEEK, 15), 8, hours=20)
    await proof.publish_other_venue()
    await visit_and_pay_there(proof)
    await pay_and_cancel_a_part(proof)
    await change_and_pay_more(proof)
    await leave_a_change_unpaid(proof)
    await pay_too_late(proof)
    await wait_for_a_place(proof)
    # A hold that waits, and one that was given up.
    await proof.hold(camping())
    await proof.cancel(await proof.hold(camping(adult=1)))


async def visit_and_pay_there(proof: Proof) -> None:
    answer = await proof.bookings.order(adults(3), camping(), payment_method="on_site")
    order_id, line_id = str(answer.json["order_id"]), line_of(answer.json)
    paid = await proof.bookings.call(
        "POST",
        f"/v1/orders/{order_id}/cash-receipts",
        {"line_id": line_id, "amount_fen": 10000},
        token=proof.bookings.operator,
        key="receipt",
    )
    came = await proof.check_in(line_id)
    assert (paid.status, came.status) == (201, 201)


async def pay_and_cancel_a_part(proof: Proof) -> None:
    order_id = await proof.paid(pottery(), tea(), adults(1))
    order = await proof.order(order_id)
    await proof.begins_in(line_of(order), 10)
    # In more than a week at every time of day.
    await proof.begins_in(line_of(order, 1), 200)
    cancelled = await proof.cancel(order_id, line_of(order), line_of(order, 1))
    assert cancelled.json["refunded_fen"] == 12800 + 10000
    await proof.send_refunds()
    # One refund is still on its way.
    await proof.cancel(await proof.paid(adults(1)))


async def change_and_pay_more(proof: Proof) -> None:
    order_id = await proof.paid(pottery())
    line_id = line_of(await proof.order(order_id))
    changed = await proof.change(order_id, line_id, tickets={"adult": 3})
    due = await proof.pay(order_id, line_id=changed.json["line_id"])
    await proof.press(due.json["payment"]["pay_url"], "pay")
    smaller = await proof.change(
        order_id, changed.json["line_id"], starts_at=EVENING.isoformat(), tickets={"adult": 1}
    )
    assert smaller.json["refund_fen"] == 2 * 12800


async def leave_a_change_unpaid(proof: Proof) -> None:
    order_id = await proof.paid(adults(1))
    line_id = line_of(await proof.order(order_id))
    waits = await proof.change(order_id, line_id, tickets={"adult": 2})
    assert waits.json["pay_until"] is not None


async def pay_too_late(proof: Proof) -> None:
    """Pay for an order that was cancelled meanwhile."""
    order_id = await proof.hold(adults(1))
    pay_url = await proof.begin(order_id)
    assert (await proof.cancel(order_id)).status == 201
    await proof.press(pay_url, "pay")
    assert [one["cause"] for one in await proof.refunds(order_id)] == ["too_late"]


async def wait_for_a_place(proof: Proof) -> None:
    """Let two parties wait for a class in the morning, and one of them be offered a place."""
    await proof.bookings.publish_slot(POTTERY, MORNING, 1)
    order = await proof.bookings.order(pottery(hour=9, adult=1), payment_method="on_site")
    for _ in range(2):
        body = {
            "offering_id": str(POTTERY),
            "tickets": {"adult": 1},
            "wishes": [{"starts_at": MORNING.isoformat()}],
            "contact": {"name": "林山月"},
        }
        token, key = proof.bookings.tokens.person(), uuid4().hex
        answer = await proof.bookings.call(
            "POST", "/v1/waitlist-entries", body, token=token, key=key
        )
        assert answer.status == 201, answer.json
    await proof.cancel(str(order.json["order_id"]))
    await offer_places(proof.app)

"""What a changed line costs more is paid like an order, or the change lapses."""

from services.bookings.changes.changing import lapse_changes
from shared.db import transaction
from tests.bookings.payments.stage import POTTERY_FEN, Paying
from tests.bookings.village import Json
from tests.bookings.world import Answer

CHILD_FEN = 6800


async def change(paying: Paying, order_id: str, **tickets: int) -> Json:
    line_id = (await paying.order(order_id))["lines"][0]["line_id"]
    answer = await paying.bookings.call(
        "POST",
        f"/v1/orders/{order_id}/changes",
        {"line_id": line_id, "tickets": tickets},
        token=paying.bookings.visitor,
        key=line_id,
    )
    assert answer.status == 201, answer.json
    changed: Json = answer.json
    return changed


async def pay_change(
    paying: Paying, order_id: str, line_id: str, method: str = "sandbox"
) -> Answer:
    return await paying.pay(order_id, method, line_id=line_id)


async def test_a_change_stands_when_its_difference_is_paid(paying: Paying) -> None:
    order_id = await paying.paid()
    line_id = (await change(paying, order_id, adult=2, child=1))["line_id"]
    answer = await pay_change(paying, order_id, line_id)
    payment = answer.json["payment"]
    assert (answer.status, payment["amount_fen"], payment["line_id"]) == (201, CHILD_FEN, line_id)
    await paying.press(payment["pay_url"], "pay")
    order = await paying.order(order_id)
    assert order["total_fen"] == order["paid_fen"] == POTTERY_FEN + CHILD_FEN
    standing = [line["line_id"] for line in order["lines"] if line["left_as"] is None]
    assert standing == [line_id]
    assert await paying.balances(order_id) == {
        "sales": -POTTERY_FEN - CHILD_FEN,
        "receivable": 0,
        "provider": POTTERY_FEN + CHILD_FEN,
    }
    kinds = [kind for kind, _, _ in await paying.bookings.told()]
    assert kinds[-2:] == ["payment.captured.v1", "order.line_changed.v1"]


async def test_money_for_a_change_that_lapsed_goes_back(paying: Paying) -> None:
    order_id = await paying.paid()
    line_id = (await change(paying, order_id, adult=3))["line_id"]
    pay_url = (await pay_change(paying, order_id, line_id)).json["payment"]["pay_url"]
    async with transaction(paying.bookings.database) as conn:
        await lapse_changes(conn, [line_id])
    await paying.press(pay_url, "pay")
    order = await paying.order(order_id)
    assert (order["total_fen"], order["paid_fen"]) == (POTTERY_FEN, POTTERY_FEN + 12800)
    [refund] = await paying.refunds(order_id)
    assert (refund["cause"], refund["amount_fen"]) == ("too_late", 12800)


async def test_a_change_that_is_paid_twice_gets_the_second_back(paying: Paying) -> None:
    order_id = await paying.paid()
    line_id = (await change(paying, order_id, adult=3))["line_id"]
    first = (await pay_change(paying, order_id, line_id)).json["payment"]["pay_url"]
    await paying.bookings.execute(
        "update payments set expires_at = now() where line_id is not null"
    )
    second = (await pay_change(paying, order_id, line_id)).json["payment"]["pay_url"]
    assert first != second
    await paying.press(first, "pay")
    await paying.press(second, "pay")
    assert [refund["cause"] for refund in await paying.refunds(order_id)] == ["paid_twice"]


async def test_only_a_change_that_waits_is_paid_and_only_in_advance(paying: Paying) -> None:
    order_id = await paying.paid()
    line_id = (await paying.order(order_id))["lines"][0]["line_id"]
    answer = await pay_change(paying, order_id, line_id)
    assert (answer.status, answer.code) == (409, "order_not_payable")
    changed = (await change(paying, order_id, adult=3))["line_id"]
    answer = await pay_change(paying, order_id, changed, "on_site")
    assert (answer.status, answer.code) == (409, "payment_method_not_accepted")
    answer = await pay_change(paying, await paying.hold(), changed)
    assert (answer.status, answer.code) == (409, "order_not_payable")
    await paying.bookings.execute(
        "update order_lines set held_until = now() where held_until is not null"
    )
    answer = await pay_change(paying, order_id, changed)
    assert (answer.status, answer.code) == (409, "hold_expired")

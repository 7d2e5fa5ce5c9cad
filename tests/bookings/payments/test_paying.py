"""Paying in advance at the sandbox cashier: what goes well, and who is turned away."""

import asyncio
from uuid import UUID, uuid4

from tests.bookings.payments.stage import POTTERY_FEN, TEA_FEN, Paying, tea
from tests.bookings.village import OPERATOR, pottery


async def test_a_visitor_pays_and_the_order_is_confirmed(paying: Paying) -> None:
    order_id = await paying.hold()
    answer = await paying.pay(order_id)
    payment = answer.json["payment"]
    assert (answer.status, answer.json["state"]) == (201, "held")
    assert (payment["state"], payment["amount_fen"]) == ("started", POTTERY_FEN)
    assert payment["expires_at"] == answer.json["hold_expires_at"]

    status, back = await paying.press(payment["pay_url"], "pay")
    assert (status, back) == (303, f"http://127.0.0.1:8080/orders/{order_id}")
    order = await paying.order(order_id)
    assert (order["state"], order["payment_method"]) == ("confirmed", "sandbox")
    assert (order["paid_fen"], order["refunded_fen"]) == (POTTERY_FEN, 0)
    assert {line["state"] for line in order["lines"]} == {"kept"}
    assert await paying.bookings.told() == [
        ("order.held.v1", UUID(order_id), 1),
        ("payment.captured.v1", UUID(order_id), 2),
        ("order.confirmed.v1", UUID(order_id), 3),
    ]


async def test_the_books_show_a_sale_that_was_paid(paying: Paying) -> None:
    balances = await paying.balances(await paying.paid())
    assert balances == {"sales": -POTTERY_FEN, "receivable": 0, "provider": POTTERY_FEN}


async def test_each_operator_is_paid_its_own_part(paying: Paying) -> None:
    await paying.publish_other_venue()
    order_id = await paying.paid(pottery(), tea())
    rows = await paying.bookings.fetch_rows(
        "select organisation_id = $1 as ours, captured_fen from payment_parts order by 2",
        OPERATOR,
    )
    assert [tuple(row) for row in rows] == [(False, TEA_FEN), (True, POTTERY_FEN)]
    assert (await paying.balances(order_id))["provider"] == POTTERY_FEN + TEA_FEN


async def test_asking_again_gives_the_same_payment(paying: Paying) -> None:
    order_id = await paying.hold()
    answers = await asyncio.gather(*(paying.pay(order_id) for _ in range(5)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["payment"]["payment_id"] for answer in answers}) == 1
    assert len({answer.json["payment"]["pay_url"] for answer in answers}) == 1
    assert len(await paying.payments(order_id)) == 1


async def test_a_key_gives_the_same_payment_and_refuses_another_request(paying: Paying) -> None:
    order_id, key = await paying.hold(), uuid4().hex
    first = await paying.pay(order_id, key=key)
    again = await paying.pay(order_id, key=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json["payment"] == first.json["payment"]
    other = await paying.pay(order_id, key=key, device="screen")
    assert (other.status, other.code) == (422, "idempotency_key_reused")


async def test_a_paid_order_says_so_again(paying: Paying) -> None:
    order_id = await paying.paid()
    answer = await paying.pay(order_id)
    assert (answer.status, answer.json["state"], answer.json["payment"]) == (201, "confirmed", None)


async def test_a_payment_whose_start_was_cut_off_is_begun_again_under_its_number(
    paying: Paying,
) -> None:
    order_id = await paying.hold()
    await paying.cashier.stop()
    answer = await paying.pay(order_id)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    [cut_off] = await paying.payments(order_id)
    assert cut_off["pay_url"] is None
    await paying.cashier.start()
    await paying.press(await paying.begin(order_id), "pay")
    [payment] = await paying.payments(order_id)
    assert payment["payment_id"] == cut_off["payment_id"]
    assert payment["honoured"]


async def test_a_declined_payment_can_be_tried_again(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    assert (await paying.press(pay_url, "decline"))[0] == 303
    assert (await paying.order(order_id))["state"] == "held"
    again = await paying.begin(order_id)
    assert again != pay_url
    await paying.press(again, "pay")
    assert [one["state"] for one in await paying.payments(order_id)] == ["failed", "captured"]


async def test_a_report_that_was_lost_is_asked_for(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    # Paid without anybody being told.
    paying.cashier.store.pay(pay_url.rsplit("/", 1)[1], reports=0)
    assert (await paying.order(order_id))["state"] == "held"
    await paying.ask()
    assert (await paying.order(order_id))["state"] == "confirmed"


async def test_a_payment_that_nobody_needs_any_more_is_closed(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    assert (await paying.pay(order_id, "on_site")).json["state"] == "confirmed"
    await paying.ask()
    [payment] = await paying.payments(order_id)
    assert (payment["state"], payment["pay_url"]) == ("closed", None)
    page = await paying.cashier.page(pay_url)
    assert "已关闭" in page


async def test_what_is_paid_in_advance_only_is_not_paid_at_the_venue(paying: Paying) -> None:
    await paying.publish_other_venue(payment="online")
    order_id = await paying.hold(pottery(), tea())
    answer = await paying.pay(order_id, "on_site")
    assert (answer.status, answer.code) == (409, "payment_method_not_accepted")
    assert answer.json["accepted"] == ["sandbox"]


async def test_methods_that_are_not_set_up_are_refused(paying: Paying) -> None:
    answer = await paying.pay(await paying.hold(), "wechatpay")
    assert (answer.status, answer.code) == (409, "payment_method_not_accepted")


async def test_what_is_left_to_pay_may_be_less_than_was_asked_for(paying: Paying) -> None:
    await paying.publish_other_venue(payment="online")
    order_id = await paying.hold(pottery(), tea())
    too_much = await paying.begin(order_id)
    lines = (await paying.order(order_id))["lines"]
    path = f"/v1/orders/{order_id}/cancellations"
    body = {"line_ids": [lines[1]["line_id"]]}
    await paying.bookings.call("POST", path, body, token=paying.bookings.visitor)
    await paying.press(too_much, "pay")
    assert (await paying.order(order_id))["state"] == "held"
    answer = await paying.pay(order_id)
    assert answer.json["payment"]["amount_fen"] == POTTERY_FEN
    await paying.press(answer.json["payment"]["pay_url"], "pay")
    order = await paying.order(order_id)
    assert (order["state"], order["refunded_fen"]) == ("confirmed", POTTERY_FEN + TEA_FEN)


async def test_the_order_of_somebody_else_is_not_found(paying: Paying) -> None:
    order_id, other = await paying.hold(), paying.bookings.tokens.person()
    assert (await paying.pay(order_id, token=other)).status == 404
    path = f"/v1/orders/{order_id}/payments"
    assert (await paying.bookings.call("GET", path, token=other)).status == 404
    assert (await paying.bookings.call("GET", path)).status == 401
    assert (await paying.bookings.call("POST", path, {"method": "sandbox"})).status == 401


async def test_visitors_are_sent_back_to_our_own_pages_only(paying: Paying) -> None:
    order_id = await paying.hold()
    for foreign in (
        "http://127.0.0.1:8080.example.org/",
        "http://127.0.0.1:8080@example.org/",
        "https://example.org/http://127.0.0.1:8080/",
    ):
        answer = await paying.pay(order_id, return_url=foreign)
        assert (answer.status, answer.code) == (422, "return_address_foreign")
    answer = await paying.pay(order_id, return_url="javascript:alert(1)")
    assert (answer.status, answer.code) == (422, "invalid_request")
    pay_url = (await paying.pay(order_id, return_url="http://127.0.0.1:8080/plan?x=1")).json[
        "payment"
    ]["pay_url"]
    assert (await paying.press(pay_url, "pay"))[1] == "http://127.0.0.1:8080/plan?x=1"


async def test_everybody_can_read_the_ways_to_pay(paying: Paying) -> None:
    answer = await paying.bookings.call("GET", "/v1/payment-methods")
    assert [(item["method"], item["in_advance"]) for item in answer.json["items"]] == [
        ("free", False),
        ("on_site", False),
        ("sandbox", True),
    ]

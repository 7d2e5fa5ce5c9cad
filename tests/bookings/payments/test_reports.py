"""What the cashier reports, and what somebody pretends that it reports."""

import asyncio
import json
import time
from uuid import UUID

from services.bookings.payments import sandbox_signing
from services.bookings.payments.provider import number_of
from services.bookings.payments.sandbox_signing import CALLBACK, sign
from shared.core.ids import new_id
from tests.bookings.payments.stage import KEY, POTTERY_FEN, Paying
from tests.bookings.village import OPERATOR, Json


def report_of(pay_url: str, **changed: object) -> bytes:
    """Return the report of a payment, with something changed."""
    told: Json = {
        "number": pay_url.rsplit("/", 1)[1],
        "state": "paid",
        "amount_fen": POTTERY_FEN,
        "parts": [{"merchant": str(OPERATOR), "amount_fen": POTTERY_FEN}],
        "paid_at": "2026-11-23T10:00:00+08:00",
        "reference": "S1",
        **changed,
    }
    return json.dumps({"payment": told}).encode()


async def test_a_report_that_comes_again_changes_nothing(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    body = report_of(pay_url)
    answers = await asyncio.gather(
        *(paying.report(body, sign(KEY, CALLBACK, body)) for _ in range(5))
    )
    assert {(answer.status, answer.json["taken"]) for answer in answers} == {(200, True)}
    assert len(await paying.bookings.told()) == 3
    assert (await paying.balances(order_id))["provider"] == POTTERY_FEN
    assert await paying.refunds(order_id) == []


async def test_the_testers_second_report_changes_nothing(paying: Paying) -> None:
    order_id = await paying.hold()
    await paying.press(await paying.begin(order_id), "twice")
    assert (await paying.order(order_id))["state"] == "confirmed"
    assert len(await paying.bookings.told()) == 3


async def test_a_report_that_was_changed_is_refused(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    body = report_of(pay_url)
    headers = sign(KEY, CALLBACK, body)
    for tampered, signed in (
        (body.replace(b"S1", b"S2"), headers),
        (body, {}),
        (body, sign(b"x" * 32, CALLBACK, body)),
        (body, sign(KEY, "POST /v1/charges", body)),
        (body, {**headers, "X-Sandbox-Time": str(int(time.time()) + 1)}),
        (body, {**headers, "X-Sandbox-Time": "soon"}),
    ):
        answer = await paying.report(tampered, signed)
        assert (answer.status, answer.code) == (403, "callback_refused")
    assert (await paying.order(order_id))["state"] == "held"


async def test_an_old_report_is_refused(paying: Paying) -> None:
    order_id = await paying.hold()
    body = report_of(await paying.begin(order_id))
    moment = str(int(time.time()) - 301)
    signature = sandbox_signing._signature(KEY, CALLBACK, moment, body)  # noqa: SLF001
    headers = {"X-Sandbox-Time": moment, "X-Sandbox-Signature": signature}
    assert (await paying.report(body, headers)).status == 403


async def test_a_report_about_nothing_of_ours_is_not_found(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    for number in (number_of(new_id()), "X", "0" * 26, "../../etc/passwd"):
        body = report_of(pay_url, number=number)
        answer = await paying.report(body, sign(KEY, CALLBACK, body))
        assert (answer.status, answer.code) == (404, "not_found")


async def test_money_for_another_merchant_pays_for_nothing_of_ours(paying: Paying) -> None:
    order_id = await paying.hold()
    parts = [{"merchant": "somebody", "amount_fen": POTTERY_FEN}]
    body = report_of(await paying.begin(order_id), parts=parts)
    answer = await paying.report(body, sign(KEY, CALLBACK, body))
    assert (answer.status, answer.code) == (403, "callback_refused")
    assert (await paying.order(order_id))["state"] == "held"


async def test_one_transaction_is_not_two_payments(paying: Paying) -> None:
    bodies = [report_of(await paying.begin(await paying.hold())) for _ in range(2)]
    answers = [await paying.report(body, sign(KEY, CALLBACK, body)) for body in bodies]
    assert [answer.status for answer in answers] == [200, 403]


async def test_a_wrong_amount_is_refunded_whole_and_the_order_waits_on(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    await paying.press(pay_url, "wrong")
    order = await paying.order(order_id)
    assert (order["state"], order["paid_fen"]) == ("held", POTTERY_FEN - 1)
    [payment] = await paying.payments(order_id)
    assert (payment["honoured"], payment["captured_fen"]) == (False, POTTERY_FEN - 1)
    [refund] = payment["refunds"]
    assert (refund["cause"], refund["amount_fen"]) == ("wrong_amount", POTTERY_FEN - 1)
    # The right amount is taken afterwards.
    await paying.press(await paying.begin(order_id), "pay")
    assert (await paying.order(order_id))["state"] == "confirmed"


async def test_an_order_that_is_paid_twice_gets_the_second_back(paying: Paying) -> None:
    order_id = await paying.hold()
    first = await paying.begin(order_id)
    await paying.bookings.execute("update payments set expires_at = now()")
    second = await paying.begin(order_id)
    assert first != second
    await asyncio.gather(paying.press(first, "pay"), paying.press(second, "pay"))
    order = await paying.order(order_id)
    assert order["state"] == "confirmed"
    assert (order["paid_fen"], order["refunded_fen"]) == (2 * POTTERY_FEN, POTTERY_FEN)
    payments = await paying.payments(order_id)
    assert sorted(payment["honoured"] for payment in payments) == [False, True]
    [refund] = await paying.refunds(order_id)
    assert (refund["cause"], refund["amount_fen"]) == ("paid_twice", POTTERY_FEN)
    kinds = [kind for kind, _, _ in await paying.bookings.told()]
    assert kinds.count("order.confirmed.v1") == 1
    assert kinds.count("payment.captured.v1") == 2


async def test_money_for_a_cancelled_order_goes_back(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    path = f"/v1/orders/{order_id}/cancellations"
    await paying.bookings.call("POST", path, {}, token=paying.bookings.visitor)
    await paying.press(pay_url, "pay")
    assert (await paying.order(order_id))["state"] == "cancelled"
    [refund] = await paying.refunds(order_id)
    assert (refund["cause"], refund["amount_fen"]) == ("too_late", POTTERY_FEN)


async def test_an_unknown_provider_is_not_found(paying: Paying) -> None:
    for provider, status in (("alipay", 404), ("somebody", 422)):
        answer = await paying.bookings.call("POST", f"/v1/payment-callbacks/{provider}", {})
        assert answer.status == status


async def test_the_versions_of_an_order_have_no_gaps(paying: Paying) -> None:
    order_id = await paying.hold()
    await paying.press(await paying.begin(order_id), "wrong")
    await paying.press(await paying.begin(order_id), "pay")
    told = [
        version for _, subject, version in await paying.bookings.told() if subject == UUID(order_id)
    ]
    assert told == list(range(1, len(told) + 1))

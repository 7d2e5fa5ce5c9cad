from datetime import timedelta
from urllib.parse import urlencode

import pytest

from services.bookings.payments.alipay import Alipay
from services.bookings.payments.provider import (
    Bill,
    CallbackNotGenuine,
    PaymentStatus,
    RefundStatus,
)
from tests.bookings.gateways.bills import CAFE, STUDIO, bill, refund
from tests.bookings.gateways.fake_alipay import FakeAlipay
from tests.bookings.gateways.keys import KeyPair
from tests.bookings.gateways.test_alipay import begin, begin_and_pay


@pytest.fixture
async def due(alipay: Alipay, alipay_gateway: FakeAlipay) -> Bill:
    return await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})


async def test_a_report_settles_the_bill_that_it_is_about(
    alipay: Alipay, alipay_gateway: FakeAlipay, due: Bill
) -> None:
    callback = await alipay.verify_callback({}, alipay_gateway.report(due.number))
    assert (callback.kind, callback.answer_body) == ("payment", b"success")
    assert isinstance(callback.status, PaymentStatus)
    assert callback.status.settles(due)
    assert not callback.status.settles(bill({CAFE: 8800}))


@pytest.mark.parametrize("changes", [{"total_amount": "87.99"}, {"passback_params": "1900000203"}])
async def test_another_amount_or_payee_settles_nothing(
    alipay: Alipay, alipay_gateway: FakeAlipay, due: Bill, changes: dict[str, str]
) -> None:
    report = alipay_gateway.report(due.number, changes)
    status = (await alipay.verify_callback({}, report)).status
    assert isinstance(status, PaymentStatus)
    assert not status.settles(due)


@pytest.mark.parametrize(
    "changes", [{"app_id": "2021000000000002"}, {"seller_id": "2088000000000002"}]
)
async def test_a_report_about_another_platform_is_refused(
    alipay: Alipay, alipay_gateway: FakeAlipay, due: Bill, changes: dict[str, str]
) -> None:
    with pytest.raises(CallbackNotGenuine, match="another platform"):
        await alipay.verify_callback({}, alipay_gateway.report(due.number, changes))


async def test_a_report_that_somebody_else_signed_is_refused(
    alipay: Alipay, alipay_gateway: FakeAlipay, due: Bill, other_key: KeyPair
) -> None:
    with pytest.raises(CallbackNotGenuine, match="not Alipay's"):
        await alipay.verify_callback({}, alipay_gateway.report(due.number, signer=other_key))


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        (b"total_amount=88.00", b"total_amount=0.01"),
        (b"sign_type=RSA2", b"sign_type=RSA"),
        (b"sign_type=RSA2", b""),
        (b"&sign=", b"&sign=A"),
        (b"&sign=", b"&signed="),
        (b"charset=utf-8", b"charset=utf-8&charset=utf-8"),
        (b"subject=", b"subject=%FF"),
        (b"notify_time=2", b"notify_time=x"),
        (b"total_amount=88.00", b"total_amount=1e3"),
    ],
)
async def test_a_tampered_report_is_refused(
    alipay: Alipay, alipay_gateway: FakeAlipay, due: Bill, said: bytes, changed: bytes
) -> None:
    report = alipay_gateway.report(due.number)
    assert said in report
    with pytest.raises(CallbackNotGenuine):
        await alipay.verify_callback({}, report.replace(said, changed, 1))


@pytest.mark.parametrize("body", [b"", b"&", b"\xff", b"{}", urlencode({"sign": ""}).encode()])
async def test_what_is_no_report_is_refused(alipay: Alipay, body: bytes) -> None:
    with pytest.raises(CallbackNotGenuine):
        await alipay.verify_callback({}, body)


@pytest.mark.parametrize("age", [timedelta(hours=27), timedelta(minutes=-10)])
async def test_a_report_of_another_day_is_refused_though_it_was_signed(
    alipay: Alipay, alipay_gateway: FakeAlipay, due: Bill, age: timedelta
) -> None:
    with pytest.raises(CallbackNotGenuine, match="too long ago"):
        await alipay.verify_callback({}, alipay_gateway.report(due.number, age=age))


async def test_a_report_repeated_within_a_day_is_still_read(
    alipay: Alipay, alipay_gateway: FakeAlipay, due: Bill
) -> None:
    report = alipay_gateway.report(due.number, age=timedelta(hours=25))
    for _ in range(2):
        assert (await alipay.verify_callback({}, report)).kind == "payment"


async def test_a_part_of_a_bill_is_not_the_bill(alipay: Alipay, alipay_gateway: FakeAlipay) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800, STUDIO: 100})
    callback = await alipay.verify_callback({}, alipay_gateway.report(f"{due.number}01"))
    assert callback.status == PaymentStatus(due.number, "unknown")
    assert (await alipay.query(due)).settles(due)


async def test_a_refund_is_reported_as_something_to_ask_after(
    alipay: Alipay, alipay_gateway: FakeAlipay, due: Bill
) -> None:
    back = refund(due, CAFE, 4400)
    await alipay.refund(back)
    report = alipay_gateway.report(due.number, {"refund_fee": "44.00", "out_biz_no": back.number})
    callback = await alipay.verify_callback({}, report)
    assert (callback.kind, callback.status) == ("refund", RefundStatus(back.number, "unknown"))
    assert (await alipay.query_refund(back)).state == "done"


async def test_a_refund_that_is_none_of_ours_is_refused(
    alipay: Alipay, alipay_gateway: FakeAlipay, due: Bill
) -> None:
    report = alipay_gateway.report(due.number, {"refund_fee": "44.00", "out_biz_no": "R1"})
    with pytest.raises(CallbackNotGenuine):
        await alipay.verify_callback({}, report)


async def test_a_payment_that_ran_out_is_reported_closed(
    alipay: Alipay, alipay_gateway: FakeAlipay
) -> None:
    due = await begin(alipay, {CAFE: 8800})
    await alipay.close(due)
    callback = await alipay.verify_callback({}, alipay_gateway.report(due.number))
    assert callback.status == PaymentStatus(due.number, "closed")


@pytest.mark.parametrize("number", ["20260101000001", "", "A" * 26, "V" * 25 + "01é"])
async def test_a_number_that_is_none_of_ours_is_refused(
    alipay: Alipay, alipay_gateway: FakeAlipay, due: Bill, number: str
) -> None:
    report = alipay_gateway.report(due.number, {"out_trade_no": number})
    with pytest.raises(CallbackNotGenuine):
        await alipay.verify_callback({}, report)

from datetime import datetime, timedelta

import pytest

from services.bookings.payments.gateway_settings import WechatPaySettings
from services.bookings.payments.provider import (
    Bill,
    CallbackNotGenuine,
    PaymentStatus,
    ProviderAway,
    RefundStatus,
)
from services.bookings.payments.wechatpay import WechatPay
from shared.core.clock import SystemClock
from tests.bookings.gateways.bills import CAFE, STUDIO, bill, charge, refund
from tests.bookings.gateways.fake_wechatpay import FakeWechatPay


@pytest.fixture
async def due(wechat: WechatPay, wechat_gateway: FakeWechatPay) -> Bill:
    paid = bill({CAFE: 8800})
    await wechat.start(charge(paid))
    wechat_gateway.pay(paid.number)
    return paid


async def test_a_report_settles_the_bill_that_it_is_about(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    callback = await wechat.verify_callback(*wechat_gateway.payment_report(due.number))
    assert callback.kind == "payment"
    assert isinstance(callback.status, PaymentStatus)
    assert callback.status.settles(due)
    assert not callback.status.settles(bill({CAFE: 8800}))


async def test_a_report_of_another_amount_settles_nothing(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    report = wechat_gateway.payment_report(due.number, amount={"total": 8799, "currency": "CNY"})
    status = (await wechat.verify_callback(*report)).status
    assert isinstance(status, PaymentStatus)
    assert (status.state, status.amount_fen, status.settles(due)) == ("paid", 8799, False)


async def test_a_report_of_another_currency_is_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    report = wechat_gateway.payment_report(due.number, amount={"total": 8800, "currency": "JPY"})
    with pytest.raises(CallbackNotGenuine):
        await wechat.verify_callback(*report)


async def test_money_for_another_operator_settles_nothing(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    report = wechat_gateway.payment_report(due.number, sub_mchid="1900000203")
    status = (await wechat.verify_callback(*report)).status
    assert isinstance(status, PaymentStatus)
    assert not status.settles(due)


async def test_a_report_to_another_platform_is_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    report = wechat_gateway.payment_report(due.number, sp_mchid="1900000999")
    with pytest.raises(CallbackNotGenuine, match="another platform"):
        await wechat.verify_callback(*report)


async def test_a_report_with_one_changed_byte_is_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    headers, body = wechat_gateway.payment_report(due.number)
    with pytest.raises(CallbackNotGenuine, match="not theirs"):
        await wechat.verify_callback(headers, body.replace("成功".encode(), "失败".encode()))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Wechatpay-Signature", "WECHATPAY/SIGNTEST/c2lnbmF0dXJl"),
        ("Wechatpay-Signature", ""),
        ("Wechatpay-Nonce", "another"),
        ("Wechatpay-Timestamp", "soon"),
        ("Wechatpay-Timestamp", "١٧٠٠٠٠٠٠٠٠"),
        ("Wechatpay-Timestamp", "9" * 400),
        ("Wechatpay-Serial", "no number"),
        ("Wechatpay-Serial", ""),
        ("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
    ],
)
async def test_a_report_with_another_header_is_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill, header: str, value: str
) -> None:
    headers, body = wechat_gateway.payment_report(due.number)
    with pytest.raises(CallbackNotGenuine):
        await wechat.verify_callback(headers | {header: value}, body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"resource": "x"}', b"\xff", b"null"])
async def test_what_is_no_report_is_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill, body: bytes
) -> None:
    headers, _ = wechat_gateway.payment_report(due.number)
    with pytest.raises(CallbackNotGenuine):
        await wechat.verify_callback(headers, body)


@pytest.mark.parametrize("age", [301, -301])
async def test_a_report_of_another_hour_is_refused_though_it_was_signed(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill, age: int
) -> None:
    resource = {"sp_mchid": "1900000100", "out_trade_no": due.number}
    report = wechat_gateway.report("TRANSACTION.SUCCESS", resource, age=age)
    with pytest.raises(CallbackNotGenuine, match="too long ago"):
        await wechat.verify_callback(*report)


async def test_header_names_may_come_in_any_case(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    headers, body = wechat_gateway.payment_report(due.number)
    shouted = {name.upper(): value for name, value in headers.items()}
    assert (await wechat.verify_callback(shouted, body)).kind == "payment"


async def test_a_refund_is_reported_done(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    back = refund(due, CAFE, 4400)
    await wechat.refund(back)
    wechat_gateway.finish_refund(back.number)
    callback = await wechat.verify_callback(*wechat_gateway.refund_report(back.number))
    assert callback.kind == "refund"
    assert isinstance(callback.status, RefundStatus)
    assert (callback.status.number, callback.status.state) == (back.number, "done")
    assert callback.status.amount_fen == 4400


@pytest.mark.parametrize(
    "changes", [{"sp_mchid": "1900000999"}, {"sp_mchid": None}, {"out_refund_no": "R1"}]
)
async def test_a_refund_that_is_none_of_ours_is_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill, changes: dict[str, str | None]
) -> None:
    back = refund(due, CAFE, 4400)
    await wechat.refund(back)
    wechat_gateway.finish_refund(back.number)
    with pytest.raises(CallbackNotGenuine):
        await wechat.verify_callback(*wechat_gateway.refund_report(back.number, **changes))


async def test_a_combined_payment_that_another_platform_asked_for_is_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    both = bill({CAFE: 8800, STUDIO: 100})
    await wechat.start(charge(both))
    wechat_gateway.pay(both.number)
    report = wechat_gateway.payment_report(both.number, combine_mchid="1900000999")
    with pytest.raises(CallbackNotGenuine, match="another platform"):
        await wechat.verify_callback(*report)


async def test_reports_about_something_else_are_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    for event in ("PROFITSHARING.SUCCESS", "PAYSCORE.USER_PAID"):
        with pytest.raises(CallbackNotGenuine, match="something else"):
            await wechat.verify_callback(*wechat_gateway.report(event, {"number": "1"}))


async def test_a_number_that_is_none_of_ours_is_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    report = wechat_gateway.payment_report(due.number, out_trade_no="20260101000001")
    with pytest.raises(CallbackNotGenuine):
        await wechat.verify_callback(*report)


async def test_a_new_certificate_is_fetched_when_a_report_is_signed_by_it(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    both = bill({CAFE: 8800, STUDIO: 100})
    await wechat.start(charge(both))
    wechat_gateway.pay(both.number)
    for _ in range(3):
        report = wechat_gateway.payment_report(both.number, by_certificate=True)
        status = (await wechat.verify_callback(*report)).status
        assert isinstance(status, PaymentStatus)
        assert status.settles(both)
    assert wechat_gateway.downloads == 1


async def test_made_up_serial_numbers_make_no_load_on_the_gateway(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    headers, body = wechat_gateway.payment_report(due.number)
    for number in range(5):
        with pytest.raises(CallbackNotGenuine):
            await wechat.verify_callback(headers | {"Wechatpay-Serial": f"AB{number}"}, body)
    assert wechat_gateway.downloads == 1


async def test_a_report_waits_while_its_certificate_cannot_be_fetched(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, due: Bill
) -> None:
    headers, body = wechat_gateway.payment_report(due.number)
    wechat_gateway.faults.now = "broken"
    with pytest.raises(ProviderAway):
        await wechat.verify_callback(headers | {"Wechatpay-Serial": "AB"}, body)


async def test_certificates_that_were_known_stay_known_while_new_ones_cannot_be_fetched(
    wechat_settings: WechatPaySettings, wechat_gateway: FakeWechatPay
) -> None:
    clock = Later()
    wechat = WechatPay(wechat_settings, clock)
    paid = bill({CAFE: 8800})
    await wechat.start(charge(paid))
    wechat_gateway.pay(paid.number)
    headers, body = wechat_gateway.payment_report(paid.number, by_certificate=True)
    await wechat.verify_callback(headers, body)
    wechat_gateway.faults.now = "broken"
    clock.ahead = timedelta(seconds=61)
    with pytest.raises(ProviderAway):
        await wechat.verify_callback(headers | {"Wechatpay-Serial": "AB"}, body)
    assert (await wechat.verify_callback(headers, body)).kind == "payment"
    assert wechat_gateway.downloads == 1
    await wechat.aclose()


class Later:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead

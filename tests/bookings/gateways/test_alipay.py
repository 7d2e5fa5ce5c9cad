import asyncio
import logging
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from services.bookings.payments.alipay import Alipay
from services.bookings.payments.gateway_settings import AlipaySettings
from services.bookings.payments.provider import Bill, ProviderAway, ProviderRefused, Started
from shared.core.clock import SystemClock
from tests.bookings.gateways.bills import CAFE, CAMPSITE, STUDIO, bill, charge, refund
from tests.bookings.gateways.fake_alipay import FakeAlipay
from tests.bookings.gateways.faults import Fault
from tests.bookings.gateways.keys import KeyPair


async def visit(started: Started) -> str:
    """Open the page as the visitor's browser does; the gateway checks our signature there."""
    async with ClientSession() as session, session.get(started.pay_url) as response:
        return await response.text()


async def begin(alipay: Alipay, parts: Mapping[UUID, int]) -> Bill:
    due = bill(parts)
    assert "支付宝" in await visit(await alipay.start(charge(due)))
    return due


async def begin_and_pay(alipay: Alipay, gateway: FakeAlipay, parts: Mapping[UUID, int]) -> Bill:
    due = await begin(alipay, parts)
    gateway.pay(*(number for number in gateway.trades if number.startswith(due.number)))
    return due


@pytest.mark.parametrize(
    ("device", "method"), [("phone", "alipay.trade.wap.pay"), ("screen", "alipay.trade.page.pay")]
)
async def test_the_visitor_is_sent_to_a_page_that_we_signed(
    alipay: Alipay, alipay_gateway: FakeAlipay, device: str, method: str
) -> None:
    due = bill({CAFE: 8805})
    started = await alipay.start(charge(due, device=device))
    assert "支付宝" in await visit(started)
    asked = parse_qs(urlsplit(started.pay_url).query)
    assert asked["method"] == [method]
    assert asked["return_url"] == ["https://xiangyou.example/orders/1?paid=1"]
    trade = alipay_gateway.trades[due.number]
    assert trade.total == "88.05"
    assert trade.asked["sub_merchant"] == {"merchant_id": "1900000201"}


async def test_a_payment_is_pending_until_it_is_paid(
    alipay: Alipay, alipay_gateway: FakeAlipay
) -> None:
    due = bill({CAFE: 8800})
    started = await alipay.start(charge(due))
    assert (await alipay.query(due)).state == "pending"
    await visit(started)
    assert (await alipay.query(due)).state == "pending"
    alipay_gateway.pay(due.number)
    status = await alipay.query(due)
    assert status.settles(due)
    assert status.paid_at is not None
    assert status.paid_at.utcoffset() is not None
    assert status.reference == alipay_gateway.trades[due.number].trade_no


async def test_several_operators_are_paid_by_a_trade_each(
    alipay: Alipay, alipay_gateway: FakeAlipay
) -> None:
    due = await begin(alipay, {STUDIO: 39600, CAFE: 8800, CAMPSITE: 26800})
    numbers = sorted(alipay_gateway.trades)
    assert numbers == [f"{due.number}01", f"{due.number}02", f"{due.number}03"]
    assert (await alipay.query(due)).state == "pending"
    alipay_gateway.pay(*numbers[:2])
    assert (await alipay.query(due)).state == "unknown"
    alipay_gateway.pay(*numbers)
    status = await alipay.query(due)
    assert status.settles(due)
    assert status.amount_fen == 75200


async def test_another_amount_settles_nothing(alipay: Alipay, alipay_gateway: FakeAlipay) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})
    alipay_gateway.trades[due.number].asked["total_amount"] = "87.99"
    status = await alipay.query(due)
    assert (status.state, status.amount_fen, status.settles(due)) == ("paid", 8799, False)


@pytest.mark.parametrize("parts", [{CAFE: 8800}, {CAFE: 8800, STUDIO: 100}])
async def test_closing_ends_an_unpaid_payment_however_often(
    alipay: Alipay, parts: dict[UUID, int]
) -> None:
    due = await begin(alipay, parts)
    assert await alipay.close(due)
    assert await alipay.close(due)
    assert (await alipay.query(due)).state == "closed"


@pytest.mark.parametrize("parts", [{CAFE: 8800}, {CAFE: 8800, STUDIO: 100}])
async def test_a_page_that_was_not_opened_yet_cannot_be_closed(
    alipay: Alipay, alipay_gateway: FakeAlipay, parts: dict[UUID, int]
) -> None:
    due = bill(parts)
    started = await alipay.start(charge(due))
    assert not await alipay.close(due)
    await visit(started)
    alipay_gateway.pay(*alipay_gateway.trades)
    assert (await alipay.query(due)).settles(due)


async def test_what_is_paid_is_not_closed(alipay: Alipay, alipay_gateway: FakeAlipay) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800, STUDIO: 100})
    with pytest.raises(ProviderRefused, match=r"ACQ\.TRADE_STATUS_ERROR"):
        await alipay.close(due)


async def test_a_refund_is_accepted_first_and_done_later(
    alipay: Alipay, alipay_gateway: FakeAlipay
) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800, STUDIO: 39600})
    back = refund(due, STUDIO, 19805)
    assert (await alipay.query_refund(back)).state == "unknown"
    assert (await alipay.refund(back)).state == "accepted"
    done = await alipay.query_refund(back)
    assert (done.state, done.amount_fen) == ("done", 19805)
    assert done.done_at is not None


async def test_an_answer_about_another_refund_says_nothing_of_this_one(
    alipay: Alipay, alipay_gateway: FakeAlipay
) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})
    alipay_gateway.trouble = {
        "code": "10000",
        "out_request_no": refund(due, CAFE, 100).number,
        "refund_status": "REFUND_SUCCESS",
        "refund_amount": "1.00",
    }
    assert (await alipay.query_refund(refund(due, CAFE, 100))).state == "unknown"


async def test_a_payment_that_was_refunded_whole_is_still_one_that_was_paid(
    alipay: Alipay, alipay_gateway: FakeAlipay
) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})
    await alipay.refund(refund(due, CAFE, 8800))
    assert alipay_gateway.trades[due.number].state == "TRADE_CLOSED"
    assert (await alipay.query(due)).settles(due)


async def test_the_same_refund_number_twice_is_one_refund(
    alipay: Alipay, alipay_gateway: FakeAlipay
) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})
    back = refund(due, CAFE, 5000)
    statuses = await asyncio.gather(*(alipay.refund(back) for _ in range(3)))
    assert {status.state for status in statuses} == {"accepted"}
    assert alipay_gateway.trades[due.number].refunds == {back.number: "50.00"}


async def test_a_refund_above_what_is_left_is_refused(
    alipay: Alipay, alipay_gateway: FakeAlipay
) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})
    await alipay.refund(refund(due, CAFE, 5000))
    with pytest.raises(ProviderRefused, match="REFUND_AMT"):
        await alipay.refund(refund(due, CAFE, 5000))


async def test_a_refund_of_a_payment_that_never_began_is_unknown(alipay: Alipay) -> None:
    back = refund(bill({CAFE: 8800}), CAFE, 100)
    assert (await alipay.query_refund(back)).state == "unknown"
    with pytest.raises(ProviderRefused, match="TRADE_NOT_EXIST"):
        await alipay.refund(back)


@pytest.mark.parametrize("fault", ["broken", "garbled", "unsigned"])
async def test_a_gateway_out_of_order_leaves_the_outcome_open(
    alipay: Alipay, alipay_gateway: FakeAlipay, fault: Fault
) -> None:
    begun = await begin(alipay, {CAFE: 100})
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})
    alipay_gateway.faults.now = fault
    for asking in (
        alipay.start(charge(bill({CAFE: 100, STUDIO: 100}))),
        alipay.query(begun),
        alipay.close(begun),
        alipay.refund(refund(due, CAFE, 100)),
    ):
        with pytest.raises(ProviderAway):
            await asking


async def test_an_answer_that_somebody_else_signed_is_not_believed(
    alipay: Alipay, alipay_gateway: FakeAlipay, other_key: KeyPair
) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})
    alipay_gateway.platform = other_key
    with pytest.raises(ProviderAway, match="didn't sign"):
        await alipay.query(due)


async def test_an_answer_about_something_else_is_not_believed(
    alipay: Alipay, alipay_gateway: FakeAlipay
) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})
    alipay_gateway.trades[due.number].number = bill({CAFE: 8800}).number
    with pytest.raises(ProviderAway, match="another payment"):
        await alipay.query(due)
    with pytest.raises(ProviderAway, match="another payment"):
        await alipay.refund(refund(due, CAFE, 100))


@pytest.mark.parametrize(
    ("code", "sub_code"),
    [("20000", "isp.unknow-error"), ("40004", "ACQ.SYSTEM_ERROR"), ("40004", "isp.unknow-error")],
)
async def test_trouble_at_alipay_leaves_the_outcome_open(
    alipay: Alipay, alipay_gateway: FakeAlipay, code: str, sub_code: str
) -> None:
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})
    alipay_gateway.trouble = {"code": code, "msg": "", "sub_code": sub_code}
    with pytest.raises(ProviderAway, match=sub_code):
        await alipay.refund(refund(due, CAFE, 100))


async def test_a_part_that_alipay_does_not_take_refuses_the_whole(
    alipay: Alipay, alipay_gateway: FakeAlipay
) -> None:
    alipay_gateway.refused_merchant = "1900000203"
    with pytest.raises(ProviderRefused, match="MERCHANT_STATUS_NOT_NORMAL"):
        await alipay.start(charge(bill({CAFE: 8800, STUDIO: 100})))


async def test_a_gateway_that_says_nothing_is_given_up_on(
    alipay_settings: AlipaySettings, alipay_gateway: FakeAlipay
) -> None:
    provider = Alipay(alipay_settings.model_copy(update={"timeout_seconds": 0.3}), SystemClock())
    alipay_gateway.faults.now = "silent"
    with pytest.raises(ProviderAway):
        await provider.query(bill({CAFE: 8800}))
    await provider.aclose()


async def test_a_gateway_that_is_gone_is_away(alipay_settings: AlipaySettings) -> None:
    async with TestServer(web.Application(), host="127.0.0.1") as server:
        url = str(server.make_url("/gateway.do"))
    provider = Alipay(
        AlipaySettings(**alipay_settings.model_dump() | {"gateway_url": url}), SystemClock()
    )
    with pytest.raises(ProviderAway):
        await provider.query(bill({CAFE: 8800}))
    await provider.aclose()


async def test_a_request_that_another_key_signed_is_refused(
    alipay_settings: AlipaySettings, other_key: KeyPair
) -> None:
    forged = AlipaySettings(**alipay_settings.model_dump() | {"private_key": other_key.private_pem})
    provider = Alipay(forged, SystemClock())
    with pytest.raises(ProviderRefused, match=r"isv\.invalid-signature"):
        await provider.query(bill({CAFE: 8800}))
    await provider.aclose()


async def test_no_secret_is_logged_shown_or_sent(
    alipay: Alipay,
    alipay_gateway: FakeAlipay,
    alipay_settings: AlipaySettings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    due = await begin_and_pay(alipay, alipay_gateway, {CAFE: 8800})
    await alipay.verify_callback({}, alipay_gateway.report(due.number))
    said = caplog.text + repr(alipay_settings) + alipay_settings.model_dump_json()
    secret = alipay_settings.private_key.get_secret_value().splitlines()[1]
    assert secret not in said + str(alipay_gateway.asked)

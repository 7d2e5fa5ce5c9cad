import asyncio
import logging
from uuid import UUID

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from services.bookings.payments.gateway_settings import WechatPaySettings
from services.bookings.payments.provider import (
    Bill,
    PaymentStatus,
    ProviderAway,
    ProviderRefused,
    RefundStatus,
)
from services.bookings.payments.wechatpay import WechatPay
from shared.core.clock import SystemClock
from tests.bookings.gateways.bills import CAFE, CAMPSITE, STUDIO, bill, charge, refund
from tests.bookings.gateways.fake_wechatpay import FakeWechatPay
from tests.bookings.gateways.faults import Fault
from tests.bookings.gateways.keys import KeyPair


async def paid(wechat: WechatPay, gateway: FakeWechatPay, parts: dict[UUID, int]) -> Bill:
    due = bill(parts)
    await wechat.start(charge(due))
    gateway.pay(due.number)
    return due


async def test_a_phone_is_sent_to_a_page_that_leads_back(wechat: WechatPay) -> None:
    started = await wechat.start(charge(bill({CAFE: 8800})))
    assert started.shown_as == "page"
    assert started.pay_url.startswith("https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?")
    assert started.pay_url.endswith(
        "&redirect_url=https%3A%2F%2Fxiangyou.example%2Forders%2F1%3Fpaid%3D1"
    )


@pytest.mark.parametrize("parts", [{CAFE: 8800}, {CAFE: 8800, STUDIO: 100}])
async def test_a_screen_shows_a_code(wechat: WechatPay, parts: dict[UUID, int]) -> None:
    started = await wechat.start(charge(bill(parts), device="screen"))
    assert (started.shown_as, started.pay_url[:9]) == ("code", "weixin://")


async def test_a_payment_is_pending_until_it_is_paid(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    due = bill({CAFE: 8800})
    assert (await wechat.query(due)).state == "pending"
    await wechat.start(charge(due))
    assert (await wechat.query(due)).state == "pending"
    wechat_gateway.pay(due.number)
    status = await wechat.query(due)
    assert status.settles(due)
    assert status.paid_at is not None
    assert status.reference == wechat_gateway.trades[due.number].transaction


async def test_several_operators_are_paid_at_once_and_each_its_part(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    due = bill({STUDIO: 39600, CAFE: 8800, CAMPSITE: 26800})
    await wechat.start(charge(due))
    assert (await wechat.query(due)).state == "pending"
    wechat_gateway.pay(due.number)
    status = await wechat.query(due)
    assert status.settles(due)
    assert status.amount_fen == 75200
    assert {(part.merchant, part.amount_fen) for part in status.parts} == {
        ("1900000203", 39600),
        ("1900000201", 8800),
        ("1900000202", 26800),
    }


async def test_beginning_twice_is_one_payment(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    due = bill({CAFE: 8800})
    first, second = await wechat.start(charge(due)), await wechat.start(charge(due))
    assert first == second
    assert len(wechat_gateway.trades) == 1


async def test_a_number_that_was_used_for_another_amount_is_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    due = bill({CAFE: 8800})
    await wechat.start(charge(due))
    wechat_gateway.trades[due.number].total = 1
    with pytest.raises(ProviderRefused, match="OUT_TRADE_NO_USED"):
        await wechat.start(charge(due))


@pytest.mark.parametrize("parts", [{CAFE: 8800}, {CAFE: 8800, STUDIO: 100}])
async def test_closing_ends_an_unpaid_payment_however_often(
    wechat: WechatPay, parts: dict[UUID, int]
) -> None:
    due = bill(parts)
    assert await wechat.close(due)
    await wechat.start(charge(due))
    assert await wechat.close(due)
    assert await wechat.close(due)
    assert (await wechat.query(due)).state == "closed"


@pytest.mark.parametrize("parts", [{CAFE: 8800}, {CAFE: 8800, STUDIO: 100}])
async def test_what_is_paid_is_not_closed(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, parts: dict[UUID, int]
) -> None:
    due = bill(parts)
    await wechat.start(charge(due))
    wechat_gateway.pay(due.number)
    with pytest.raises(ProviderRefused, match="ORDERPAID"):
        await wechat.close(due)
    assert (await wechat.query(due)).settles(due)


async def test_a_refund_is_accepted_first_and_done_later(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    due = await paid(wechat, wechat_gateway, {CAFE: 8800, STUDIO: 39600})
    back = refund(due, STUDIO, 19800)
    assert (await wechat.query_refund(back)).state == "unknown"
    assert (await wechat.refund(back)).state == "accepted"
    assert (await wechat.query_refund(back)).state == "accepted"
    wechat_gateway.finish_refund(back.number)
    done = await wechat.query_refund(back)
    assert (done.state, done.amount_fen) == ("done", 19800)
    assert done.done_at is not None
    assert (await wechat.query(due)).settles(due)


async def test_the_same_refund_number_twice_is_one_refund(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    due = await paid(wechat, wechat_gateway, {CAFE: 8800})
    back = refund(due, CAFE, 5000)
    statuses = await asyncio.gather(*(wechat.refund(back) for _ in range(3)))
    assert len({status.reference for status in statuses}) == 1
    assert wechat_gateway.trades[due.number].refunded == 5000


async def test_a_refund_above_what_is_left_is_refused(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    due = await paid(wechat, wechat_gateway, {CAFE: 8800})
    await wechat.refund(refund(due, CAFE, 5000))
    with pytest.raises(ProviderRefused, match="NOT_ENOUGH"):
        await wechat.refund(refund(due, CAFE, 5000))


async def test_a_refund_that_no_card_takes_has_failed(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    due = await paid(wechat, wechat_gateway, {CAFE: 8800})
    back = refund(due, CAFE, 8800)
    await wechat.refund(back)
    wechat_gateway.finish_refund(back.number, "ABNORMAL")
    status = await wechat.query_refund(back)
    assert (status.state, status.reason) == ("failed", "ABNORMAL")


@pytest.mark.parametrize("fault", ["broken", "garbled", "unsigned"])
async def test_a_gateway_out_of_order_leaves_the_outcome_open(
    wechat: WechatPay, wechat_gateway: FakeWechatPay, fault: Fault
) -> None:
    begun, due = bill({CAFE: 100}), await paid(wechat, wechat_gateway, {CAFE: 8800})
    await wechat.start(charge(begun))
    wechat_gateway.faults.now = fault
    for asking in (
        wechat.start(charge(begun)),
        wechat.query(begun),
        wechat.close(begun),
        wechat.refund(refund(due, CAFE, 100)),
    ):
        with pytest.raises(ProviderAway):
            await asking


async def test_an_answer_about_something_else_is_not_believed(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    due = await paid(wechat, wechat_gateway, {CAFE: 8800})
    back = refund(due, CAFE, 100)
    await wechat.refund(back)
    wechat_gateway.trades[due.number].number = bill({CAFE: 8800}).number
    wechat_gateway.refunds[back.number]["out_refund_no"] = refund(due, CAFE, 100).number
    with pytest.raises(ProviderAway, match="another payment"):
        await wechat.query(due)
    with pytest.raises(ProviderAway, match="another refund"):
        await wechat.query_refund(back)


async def test_who_asks_too_often_asks_later(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    wechat_gateway.faults.now = "busy"
    with pytest.raises(ProviderAway):
        await wechat.query(bill({CAFE: 8800}))


async def test_a_gateway_that_says_nothing_is_given_up_on(
    wechat_settings: WechatPaySettings, wechat_gateway: FakeWechatPay
) -> None:
    provider = WechatPay(wechat_settings.model_copy(update={"timeout_seconds": 0.3}), SystemClock())
    wechat_gateway.faults.now = "silent"
    with pytest.raises(ProviderAway):
        await provider.query(bill({CAFE: 8800}))
    await provider.aclose()


async def test_a_gateway_that_is_gone_is_away(wechat_settings: WechatPaySettings) -> None:
    async with TestServer(web.Application(), host="127.0.0.1") as server:
        url = str(server.make_url(""))
    gone = WechatPaySettings(**wechat_settings.model_dump() | {"gateway_url": url})
    provider = WechatPay(gone, SystemClock())
    with pytest.raises(ProviderAway):
        await provider.start(charge(bill({CAFE: 8800})))
    await provider.aclose()


async def test_a_request_that_another_key_signed_is_refused(
    wechat_settings: WechatPaySettings, other_key: KeyPair
) -> None:
    forged = WechatPaySettings(
        **wechat_settings.model_dump() | {"private_key": other_key.private_pem}
    )
    provider = WechatPay(forged, SystemClock())
    with pytest.raises(ProviderRefused, match="SIGN_ERROR"):
        await provider.start(charge(bill({CAFE: 8800})))
    await provider.aclose()


async def test_no_secret_is_logged_or_shown(
    wechat: WechatPay,
    wechat_gateway: FakeWechatPay,
    wechat_settings: WechatPaySettings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    due = await paid(wechat, wechat_gateway, {CAFE: 8800})
    await wechat.verify_callback(*wechat_gateway.payment_report(due.number))
    said = caplog.text + repr(wechat_settings) + str(wechat_settings.model_dump_json())
    assert wechat_settings.api_key.get_secret_value() not in said
    assert "PRIVATE KEY" not in said


async def test_a_report_travels_by_http_and_is_answered_as_they_want(
    wechat: WechatPay, wechat_gateway: FakeWechatPay
) -> None:
    taken: list[PaymentStatus | RefundStatus] = []

    async def take(request: web.Request) -> web.Response:
        callback = await wechat.verify_callback(request.headers, await request.read())
        taken.append(callback.status)
        return web.Response(body=callback.answer_body, content_type=callback.answer_content_type)

    app = web.Application()
    app.router.add_post("/v1/payment-callbacks/wechatpay", take)
    due = await paid(wechat, wechat_gateway, {CAFE: 8800, CAMPSITE: 26800})
    headers, body = wechat_gateway.payment_report(due.number)
    async with TestServer(app, host="127.0.0.1") as ours, ClientSession() as session:
        url = ours.make_url("/v1/payment-callbacks/wechatpay")
        async with session.post(url, headers=headers, data=body) as response:
            assert (await response.json())["code"] == "SUCCESS"
    (status,) = taken
    assert isinstance(status, PaymentStatus)
    assert status.settles(due)

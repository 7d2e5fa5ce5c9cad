import asyncio
import json
import threading
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.bookings.payments.alipay_answers import fen, yuan
from services.bookings.payments.calls import Calls
from services.bookings.payments.gateway_settings import AlipaySettings, WechatPaySettings
from services.bookings.payments.provider import (
    Bill,
    PaidPart,
    Part,
    PaymentStatus,
    ProviderAway,
    RefundCharge,
    id_of,
    number_of,
)
from services.bookings.payments.trades import bill_number, trade_of, trades_of
from services.bookings.settings import BookingsSettings
from tests.bookings.gateways.bills import CAFE, CAMPSITE, STUDIO, bill, refund


@given(st.uuids())
def test_a_number_is_short_and_leads_back_to_its_id(subject_id: UUID) -> None:
    number = number_of(subject_id)
    assert len(number) == 26
    assert number.isalnum()
    assert number.isascii()
    assert id_of(number) == subject_id


@pytest.mark.parametrize(
    "number", ["", "A", "V" * 26, number_of(UUID(int=2**128 - 1)).lower(), "é" * 26, "W" * 26]
)
def test_what_is_no_number_has_no_id(number: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        id_of(number)


def test_a_bill_adds_up_and_pays_each_operator_once() -> None:
    cafe, studio = Part(CAFE, "1", 100), Part(STUDIO, "3", 200)
    number = number_of(uuid4())
    assert Bill(number, 300, (cafe, studio)).amount_fen == 300
    for amount, parts in (
        (301, (cafe, studio)),
        (0, ()),
        (200, (cafe, cafe)),
        (0, (Part(CAFE, "1", 0),)),
        (0, (Part(CAFE, "1", -100), Part(STUDIO, "3", 100))),
    ):
        with pytest.raises(ValueError, match="bill"):
            Bill(number, amount, parts)


def test_a_refund_comes_from_who_was_paid_and_never_exceeds_it() -> None:
    due = bill({CAFE: 8800, STUDIO: 100})
    assert refund(due, STUDIO, 100).part.merchant == "1900000203"
    for organisation, amount in ((STUDIO, 101), (STUDIO, 0), (STUDIO, -1), (CAMPSITE, 1)):
        with pytest.raises(ValueError, match="refund"):
            RefundCharge(number_of(uuid4()), due, organisation, amount, "", "")


def test_only_the_whole_amount_to_all_its_payees_settles_a_bill() -> None:
    due = bill({CAFE: 8800, STUDIO: 100})
    cafe, studio = (PaidPart(part.merchant, part.amount_fen, None) for part in due.parts)
    settled = PaymentStatus(due.number, "paid", 8900, parts=(studio, cafe))
    assert settled.settles(due)
    for changed in (
        {"state": "pending"},
        {"number": bill({CAFE: 1}).number},
        {"amount_fen": 8901},
        {"amount_fen": None},
        {"parts": (studio,)},
        {"parts": (studio, cafe, cafe)},
        {"parts": (studio, replace(cafe, merchant="1900000999"))},
        {"parts": (replace(studio, amount_fen=101), replace(cafe, amount_fen=8799))},
    ):
        assert not replace(settled, **changed).settles(due)


def test_the_trades_of_a_bill_keep_their_numbers_whatever_the_order_of_its_parts() -> None:
    due = bill({STUDIO: 300, CAFE: 100, CAMPSITE: 200})
    turned = Bill(due.number, due.amount_fen, due.parts[::-1])
    assert trades_of(due) == trades_of(turned)
    assert trade_of(due, CAFE).number == f"{due.number}01"
    assert all(bill_number(trade.number) == (due.number, False) for trade in trades_of(due))
    alone = bill({STUDIO: 300})
    assert [trade.number for trade in trades_of(alone)] == [alone.number]
    assert bill_number(alone.number) == (alone.number, True)


@given(st.integers(min_value=0, max_value=10**12))
def test_yuan_and_fen_are_the_same_money(amount: int) -> None:
    assert fen(yuan(amount)) == amount


@pytest.mark.parametrize(("text", "amount"), [("20", 2000), ("20.5", 2050), ("0.01", 1)])
def test_alipay_may_leave_out_zeros(text: str, amount: int) -> None:
    assert fen(text) == amount


@pytest.mark.parametrize("text", ["", "-1.00", "1.005", "1e3", "1,000.00", ".5", "NaN", "１.00"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        fen(text)


async def test_calls_wait_for_a_thread_but_not_for_ever() -> None:
    begun, over = threading.Event(), threading.Event()
    calls = Calls("test", threads=1, seconds=0.2)

    def block() -> None:
        begun.set()
        over.wait(10)

    blocked = asyncio.create_task(calls.run(block))
    await asyncio.to_thread(begun.wait, 10)
    with pytest.raises(ProviderAway):
        await calls.run(lambda: 1)
    with pytest.raises(ProviderAway):
        await blocked
    over.set()
    assert await calls.run(lambda: 1) == 1
    await calls.aclose()


@pytest.mark.parametrize(
    "url",
    [
        "http://api.mch.weixin.qq.com",
        "https://user:secret@api.mch.weixin.qq.com",
        "https://api.mch.weixin.qq.com?to=1",
        "ftp://127.0.0.1",
        "api.mch.weixin.qq.com",
        "",
    ],
)
def test_a_gateway_is_spoken_to_by_https(url: str, alipay_settings: AlipaySettings) -> None:
    with pytest.raises(ValidationError):
        AlipaySettings(**alipay_settings.model_dump() | {"gateway_url": url})


def test_wrong_settings_are_refused_without_saying_the_secret(
    wechat_settings: WechatPaySettings,
) -> None:
    secret = "a key that is too short"
    with pytest.raises(ValidationError) as refused:
        WechatPaySettings(**wechat_settings.model_dump() | {"api_key": secret})
    assert secret not in str(refused.value)


def test_the_service_is_told_of_a_gateway_by_one_json_text(
    alipay_settings: AlipaySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = alipay_settings.model_dump() | {
        "private_key": alipay_settings.private_key.get_secret_value()
    }
    monkeypatch.setenv("BOOKINGS_ALIPAY", json.dumps(told))
    monkeypatch.setenv("BOOKINGS_WECHATPAY", "")
    settings = BookingsSettings()
    assert settings.alipay == alipay_settings
    assert settings.wechatpay is None

"""The cashier itself: its page, its memory, and that it believes only those who know its key."""

import re
from pathlib import Path

import aiohttp
from babel.messages.pofile import read_po

import deploy.local.cashier
from services.bookings.payments.sandbox_signing import sign
from tests.bookings.payments.stage import KEY, Cashier, Paying

LOCALE = Path(deploy.local.cashier.__file__).parent / "locale"


async def ask(cashier: Cashier, method: str, path: str, key: bytes, body: bytes = b"") -> int:
    headers = sign(key, f"{method} {path}", body)
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, cashier.url + path, data=body, headers=headers) as answer,
    ):
        return answer.status


async def test_the_page_says_what_is_paid_in_both_languages(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    code = (await paying.order(order_id))["code"]
    for language, words in (
        ("zh-CN", ("支付 ¥256.00", "测试用")),
        ("en", ("Pay ¥256.00", "testers")),
    ):
        page = await paying.cashier.page(pay_url, language)
        assert code in page
        assert all(word in page for word in words)
    chosen = await paying.cashier.page(f"{pay_url}?lang=en", "zh-CN")
    assert "Pay ¥256.00" in chosen


async def test_a_paid_payment_is_not_paid_again(paying: Paying) -> None:
    order_id = await paying.paid()
    [payment] = await paying.bookings.fetch_rows("select number from payments")
    path = f"/pay/{payment['number']}"
    page = await paying.cashier.page(path)
    assert "已付款" in page
    assert f"/orders/{order_id}" in page
    assert "<form" not in page
    await paying.press(paying.cashier.url + path, "pay")
    assert len(await paying.bookings.told()) == 3


async def test_a_payment_survives_that_the_cashier_is_killed(paying: Paying) -> None:
    order_id = await paying.hold()
    pay_url = await paying.begin(order_id)
    paying.cashier.store.pay(pay_url.rsplit("/", 1)[1])
    await paying.cashier.stop()
    assert (await paying.order(order_id))["state"] == "held"
    await paying.cashier.start()
    await paying.cashier.settled(pay_url.rsplit("/", 1)[1])
    assert (await paying.order(order_id))["state"] == "confirmed"


async def test_only_who_knows_the_key_is_believed(cashier: Cashier) -> None:
    assert await ask(cashier, "GET", "/v1/charges/X", b"y" * 32) == 401
    assert await ask(cashier, "GET", "/v1/charges/X", KEY) == 404
    assert await ask(cashier, "POST", "/v1/charges/X/close", KEY) == 404
    assert await ask(cashier, "GET", "/v1/refunds/X", KEY) == 404
    assert await ask(cashier, "POST", "/v1/charges", KEY, b"{}") == 422
    assert await ask(cashier, "POST", "/v1/refunds", KEY, b"nonsense") == 422


async def test_the_page_runs_no_foreign_script_and_sends_nobody_elsewhere(paying: Paying) -> None:
    pay_url = await paying.begin(await paying.hold())
    async with aiohttp.ClientSession() as session, session.get(pay_url) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert policy.endswith("form-action 'self' http://127.0.0.1:8080")


async def test_the_list_shows_the_latest_payments(paying: Paying) -> None:
    assert "还没有付款" in await paying.cashier.page("/")
    order_id = await paying.paid()
    code = (await paying.order(order_id))["code"]
    page = await paying.cashier.page("/", "en")
    assert code in page
    assert "Paid" in page


def test_its_texts_exist_in_both_languages() -> None:
    texts = {}
    for language in ("zh", "en"):
        with (LOCALE / f"{language}.po").open("rb") as file:
            found = {str(one.id): str(one.string) for one in read_po(file) if one.id}
        texts[language] = {key: re.findall(r"{\w+}", text) for key, text in found.items()}
        assert all(found.values())
    assert texts["zh"] == texts["en"]

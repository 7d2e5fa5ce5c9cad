from typing import Any

from tests.web import booked, district, examples
from tests.web.browser import Browser
from tests.web.peers import Asked, Peers, problem
from tests.web.visiting import NINE_O_CLOCK, add


async def test_what_is_paid_online_is_held_and_leads_to_the_cashier(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
    peers.answers["POST", "/v1/orders"] = 201, examples.order(state="held", payment_method=None)
    page = await browser.get("/plan")
    assert "到店付款，现在不收钱。" in page.text
    gone = await browser.send(page.form("/plan/orders"), method="sandbox")
    assert (gone.status, gone.headers["Location"]) == (303, booked.PAY_URL)
    assert peers.of("POST", "/v1/orders")[0].body["payment_method"] == "sandbox"
    assert "行程单还是空的" in (await browser.get("/plan")).text


def without_refund(asked: Asked) -> tuple[int, Any]:
    quote = booked.quote(asked.body["lines"], payment="online")
    for line in quote["lines"]:
        line["refunds"] = {**booked.REFUNDS, "non_refundable": True}
    return 201, quote


async def test_what_is_not_refunded_needs_a_tick_of_its_own(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
    peers.answers["POST", "/v1/quotes"] = without_refund
    page = await browser.get("/plan")
    assert "自己取消不会退钱" in page.text
    form = page.form("/plan/orders")
    assert "accepts_no_refund" not in form.values
    refused = await browser.send(form)
    assert refused.status == 422
    assert 'id="accepts_no_refund-error"' in refused.text
    assert not peers.of("POST", "/v1/orders")
    await browser.send(form, accepts_no_refund="yes")
    assert peers.of("POST", "/v1/orders")[0].body["accepts_no_refund"] is True


async def test_a_group_discount_is_shown_at_its_line(browser: Browser, peers: Peers) -> None:
    def cheaper(asked: Asked) -> tuple[int, Any]:
        quote = booked.quote(asked.body["lines"], total_fen=69120)
        [line] = quote["lines"]
        line["breakdown"].append({"kind": "group_discount", "amount_fen": -7680})
        return 201, quote

    peers.answers["POST", "/v1/quotes"] = cheaper
    await add(browser, district.TEA, NINE_O_CLOCK, adult="6")
    page = await browser.get("/plan")
    assert "团体优惠" in page.text
    assert "¥691.20" in page.text


async def test_what_cannot_be_booked_is_told_at_its_line_in_bookings_words(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
    words = "这里一次接待 4 到 8 人。"
    peers.answers["POST", "/v1/quotes"] = problem(422, "party_size_unfit", words, line=0)
    page = await browser.get("/plan")
    assert words in page.text
    assert not [form for form in page.forms if form.action == "/plan/orders"]
    assert peers.of("POST", "/v1/quotes")[-1].headers["Accept-Language"].startswith("zh")


async def test_without_bookings_the_plan_is_shown_without_a_price(
    browser: Browser, peers: Peers
) -> None:
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
    peers.answers["POST", "/v1/quotes"] = 503, {}
    peers.answers["GET", "/v1/availability"] = 503, {}
    page = await browser.get("/plan")
    assert page.status == 200
    assert "采茶与炒青" in page.text
    assert "现在算不出价格" in page.text


async def test_a_quote_that_is_over_is_told_and_made_anew(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
    words = "报价已过期。"
    peers.answers["POST", "/v1/orders"] = problem(409, "quote_expired", words)
    before = len(peers.of("POST", "/v1/quotes"))
    refused = await browser.send((await browser.get("/plan")).form("/plan/orders"))
    assert refused.status == 409
    assert words in refused.text
    assert len(peers.of("POST", "/v1/quotes")) == before + 2


async def test_a_name_that_is_too_long_is_told_and_not_cut(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
    name = "长" * 61
    form = (await browser.get("/plan")).form("/plan/orders")
    refused = await browser.send(form, contact_name=name)
    assert refused.status == 422
    assert "名字最多 60 个字" in refused.text
    assert refused.form("/plan/orders").values["contact_name"] == name
    assert not peers.of("POST", "/v1/orders")


async def test_a_wrong_phone_number_is_told_beside_its_field(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
    error = {"in": "body", "field": "/contact/phone", "code": "phone", "message": "不像手机号。"}
    peers.answers["POST", "/v1/orders"] = problem(422, "validation_failed", errors=[error])
    form = (await browser.get("/plan")).form("/plan/orders")
    refused = await browser.send(form, contact_phone="12")
    assert "不像手机号。" in refused.text
    assert 'id="contact_phone-error"' in refused.text

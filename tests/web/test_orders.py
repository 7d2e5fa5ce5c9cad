import re
from datetime import timedelta
from typing import Any

from tests.web import booked, district, examples
from tests.web.browser import Browser
from tests.web.peers import Peers, problem

ORDER = f"/orders/{district.example_id(500)}"
POTTERY, CAMP = district.example_id(601), district.example_id(602)
USED = district.at(district.SATURDAY, 9)


def held(**changes: Any) -> dict[str, Any]:
    until = (district.NOW + timedelta(minutes=12)).isoformat()
    lines = [examples.line(601, 32, state="held")]
    unpaid = {"payment_method": None, "confirmed_at": None, "hold_expires_at": until}
    return examples.order(state="held", lines=lines, **{**unpaid, **changes})


async def test_an_order_shows_its_code_and_a_qr_for_each_ticket(browser: Browser) -> None:
    await browser.sign_in()
    page = await browser.get(ORDER)
    assert "7K4Q-M2XP" in page.text
    assert page.text.count(f"{ORDER}/tickets/") == len(examples.TICKETS)
    qr = await browser.get(f"{ORDER}/tickets/{POTTERY}/1.svg")
    assert qr.headers["Content-Type"] == "image/svg+xml"
    assert "no-store" in qr.headers["Cache-Control"]
    assert (await browser.get(f"{ORDER}/tickets/{POTTERY}/9.svg")).status == 404


async def test_every_qr_comes_with_the_page_for_gates_without_a_network(browser: Browser) -> None:
    await browser.sign_in()
    pictures = re.findall(r"<img [^>]*/tickets/[^>]*>", (await browser.get(ORDER)).text)
    assert len(pictures) == 4
    assert not [picture for picture in pictures if "lazy" in picture]


async def test_a_line_with_a_used_ticket_cannot_be_cancelled_and_the_other_can(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    assert f'href="{ORDER}/cancel?line={POTTERY}"' in (await browser.get(ORDER)).text
    first, *others = examples.TICKETS
    used = {**first, "state": "used", "used_at": USED}
    peers.answers["GET", f"/v1{ORDER}/tickets"] = {"items": [used, *others]}
    page = await browser.get(ORDER)
    assert f'href="{ORDER}/cancel?line={POTTERY}"' not in page.text
    assert f'href="{ORDER}/cancel?line={CAMP}"' in page.text
    assert "已有票核销" in page.text


async def test_a_line_that_left_is_told_apart_from_those_that_stand(
    browser: Browser, peers: Peers
) -> None:
    gone = examples.line(602, 31, state="released", left_as="cancelled")
    order = examples.order(lines=[examples.line(601, 32), gone], total_fen=34400)
    peers.answers["GET", f"/v1{ORDER}"] = order
    await browser.sign_in()
    standing, left = (await browser.get(ORDER)).text.split("取消或改掉的 1 项")
    assert "亲子拉坯" in standing
    assert "溪边营位" not in standing
    assert "溪边营位" in left


async def test_cancelling_one_line_shows_the_refund_and_asks_for_exactly_that(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    page = await browser.get(f"{ORDER}/cancel?line={POTTERY}")
    assert "现在退 80%：退 ¥275.20，扣 ¥68.80。" in page.text
    assert "11月27日 周五 10:00 之后只退 ¥172。" in page.text
    assert "其他项照旧" in page.text
    path = f"/v1{ORDER}/cancellations"
    assert not peers.of("POST", path)
    done = await browser.send(page.form(f"{ORDER}/cancel"))
    assert done.headers["Location"] == f"{ORDER}?said=line_cancelled"
    [asked] = peers.of("POST", path)
    assert asked.body == {"expected_refund_fen": 27520, "line_ids": [POTTERY]}


async def test_cancelling_the_whole_order_names_all_lines(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    peers.answers["POST", f"/v1{ORDER}/cancellations"] = examples.order(state="cancelled")
    page = await browser.get(f"{ORDER}/cancel")
    assert "亲子拉坯" in page.text
    assert "溪边营位" in page.text
    done = await browser.send(page.form(f"{ORDER}/cancel"))
    assert done.headers["Location"] == f"{ORDER}?said=cancelled"
    assert peers.of("POST", f"/v1{ORDER}/cancellations")[0].body == {"expected_refund_fen": 40960}


async def test_another_refund_than_was_shown_is_told_with_the_new_one(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    words = "退款金额变了。"
    peers.answers["POST", f"/v1{ORDER}/cancellations"] = problem(409, "refund_changed", words)
    page = await browser.get(f"{ORDER}/cancel?line={POTTERY}")
    refused = await browser.send(page.form(f"{ORDER}/cancel"))
    assert refused.status == 409
    assert words in refused.text
    assert refused.form(f"{ORDER}/cancel").values["refund_fen"] == "27520"


async def test_what_cannot_be_cancelled_any_more_offers_no_button(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    words = "已经开始，不能取消了。"
    path = f"/v1{ORDER}/cancellation-preview"
    peers.answers["GET", path] = problem(409, "order_not_cancellable", words)
    page = await browser.get(f"{ORDER}/cancel")
    assert words in page.text
    assert not [form for form in page.forms if form.action == f"{ORDER}/cancel"]


async def test_a_line_of_another_order_is_not_found(browser: Browser) -> None:
    await browser.sign_in()
    assert (await browser.get(f"{ORDER}/cancel?line={district.example_id(1)}")).status == 404


async def test_a_held_order_offers_every_way_to_pay_and_counts_down(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["GET", f"/v1{ORDER}"] = held()
    await browser.sign_in()
    page = await browser.get(ORDER)
    assert "还剩 12 分钟" in page.text
    assert "Refresh" not in page.headers
    methods = [one.values["method"] for one in page.forms if one.action == f"{ORDER}/payments"]
    assert methods == ["on_site", "sandbox"]


async def test_paying_online_leads_to_the_provider_and_back_to_the_order(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["GET", f"/v1{ORDER}"] = held(accepted_payment="online")
    await browser.sign_in()
    page = await browser.get(ORDER)
    assert "form-action 'self' http://127.0.0.1:8108" in page.headers["Content-Security-Policy"]
    gone = await browser.send(page.form(f"{ORDER}/payments"))
    assert (gone.status, gone.headers["Location"]) == (303, booked.PAY_URL)
    [asked] = peers.of("POST", f"/v1{ORDER}/payments")
    assert asked.body == {
        "method": "sandbox",
        "return_url": f"http://127.0.0.1:8080{ORDER}?paying=1",
        "device": "screen",
    }


async def test_back_from_paying_the_page_looks_again_until_the_order_is_confirmed(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["GET", f"/v1{ORDER}"] = held(accepted_payment="online")
    peers.answers["GET", f"/v1{ORDER}/payments"] = {"items": [booked.payment()]}
    await browser.sign_in()
    page = await browser.get(f"{ORDER}?paying=1")
    assert page.headers["Refresh"] == "4"
    assert "还没有收到付款" in page.text
    assert f'href="{booked.PAY_URL}"' in page.text
    assert f'href="{ORDER}/cancel"' in page.text
    peers.answers["GET", f"/v1{ORDER}"] = examples.order(payment_method="sandbox")
    page = await browser.get(f"{ORDER}?paying=1")
    assert "Refresh" not in page.headers
    assert "订好了" in page.text


async def test_a_payment_by_a_code_shows_the_code_to_scan(browser: Browser, peers: Peers) -> None:
    code = booked.payment(method="wechatpay", shown_as="code", pay_url="weixin://wxpay/x")
    peers.answers["GET", f"/v1{ORDER}"] = held(accepted_payment="online")
    peers.answers["GET", f"/v1{ORDER}/payments"] = {"items": [code]}
    await browser.sign_in()
    picture = f"{ORDER}/payments/{code['payment_id']}.svg"
    assert f'src="{picture}"' in (await browser.get(ORDER)).text
    assert (await browser.get(picture)).headers["Content-Type"] == "image/svg+xml"
    assert (await browser.get(f"{ORDER}/payments/{ORDER[-36:]}.svg")).status == 404


async def test_a_payment_that_cannot_begin_leads_back_to_the_order(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["GET", f"/v1{ORDER}"] = held()
    await browser.sign_in()
    form = (await browser.get(ORDER)).form(f"{ORDER}/payments")
    for answer, said in (
        ((503, {}), "pay_again"),
        (problem(409, "payment_refused"), "pay_again"),
        (problem(409, "hold_expired"), "not_paid"),
    ):
        peers.answers["POST", f"/v1{ORDER}/payments"] = answer
        done = await browser.send(form, method="sandbox")
        assert done.headers["Location"] == f"{ORDER}?said={said}"


async def test_refunds_say_how_far_they_are(browser: Browser, peers: Peers) -> None:
    refunds = [
        booked.refund(),
        booked.refund(refund_id=district.example_id(711), state="done", done_at=USED),
    ]
    paid = booked.payment(state="captured", pay_url=None, refunds=refunds)
    peers.answers["GET", f"/v1{ORDER}/payments"] = {"items": [paid]}
    await browser.sign_in()
    page = await browser.get(ORDER)
    assert "已申请" in page.text
    assert "已到账" in page.text
    assert "¥275.20" in page.text

from collections.abc import Callable
from typing import Any

import pytest

from shared.core.ids import order_code
from tests.web import district, examples
from tests.web.browser import Browser
from tests.web.peers import Peers, problem

SignIn = Callable[..., Any]
OPERATOR = {"organisations": [district.OURS]}
OFFICE = {"roles": ["visitor", "office_director"]}


async def test_operators_and_the_office_have_their_pages_for_themselves(signed_in: SignIn) -> None:
    browser: Browser = await signed_in()
    for path in ("/operator", "/operator/venues", "/gate", "/office", "/office/approvals"):
        assert (await browser.get(path)).status == 403


async def test_an_operator_sees_own_arrivals_and_checks_one_in(
    signed_in: SignIn, peers: Peers
) -> None:
    browser: Browser = await signed_in(**OPERATOR)
    page = await browser.get("/operator")
    assert "林小满" in page.text
    assert "岩河里书香市集" not in page.text
    done = await browser.send(page.form("/operator/check-ins"))
    assert done.headers["Location"] == "/operator?date=2026-11-26&said=checked_in"
    [asked] = peers.of("POST", "/v1/check-ins")
    assert asked.body == {
        "line_id": district.example_id(601),
        "ordinal": 2,
        "admit_on_another_day": False,
    }


async def test_the_gate_shows_green_once(signed_in: SignIn, peers: Peers) -> None:
    browser: Browser = await signed_in(**OPERATOR)
    form = (await browser.get("/gate")).form("/gate")
    assert (await browser.send(form, code=" XY1.k1 \n.abc ")).headers["Location"] == "/gate"
    assert peers.of("POST", "/v1/check-ins")[0].body["code"] == "XY1.k1.abc"
    shown = (await browser.get("/gate")).text
    assert 'class="gate green"' in shown
    assert "3 人" in shown
    again = (await browser.get("/gate")).text
    assert "gate green" not in again
    assert len(peers.of("POST", "/v1/check-ins")) == 1


async def test_a_ticket_for_another_day_is_admitted_in_a_second_step(
    signed_in: SignIn, peers: Peers
) -> None:
    browser: Browser = await signed_in(**OPERATOR)
    path = "POST", "/v1/check-ins"
    peers.answers[path] = problem(409, "ticket_for_another_day", day="2026-11-28")
    await browser.send((await browser.get("/gate")).form("/gate"), code="abc")
    page = await browser.get("/gate")
    assert 'class="gate amber"' in page.text
    assert "这张票是 11月28日 周六 的" in page.text
    del peers.answers[path]
    await browser.send(page.form("/gate"))
    last = peers.of(*path)[-1].body
    assert last == {"code": "abc", "admit_on_another_day": True}
    assert 'class="gate green"' in (await browser.get("/gate")).text


async def test_the_gate_says_in_words_why_nobody_comes_in(signed_in: SignIn, peers: Peers) -> None:
    browser: Browser = await signed_in(**OPERATOR)
    used = {"checked_in_at": district.NOW.isoformat()}
    for refusal, words in (
        (problem(409, "ticket_already_used", **used), "11月26日 周四 10:00 已经入场"),
        (problem(422, "ticket_not_genuine"), "不是我们的票"),
        (problem(409, "ticket_cancelled"), "这张票已取消"),
        (problem(404, "not_found"), "不是这里的票"),
    ):
        peers.answers["POST", "/v1/check-ins"] = refusal
        await browser.send((await browser.get("/gate")).form("/gate"), code="abc")
        shown = (await browser.get("/gate")).text
        assert 'class="gate red"' in shown
        assert words in shown


async def test_a_listing_is_submitted_as_it_was_seen(signed_in: SignIn, peers: Peers) -> None:
    browser: Browser = await signed_in(**OPERATOR)
    page = await browser.get("/operator/venues")
    assert "请补上消防材料" in page.text
    form = page.form("/operator/venues/submissions")
    done = await browser.send(form)
    assert done.headers["Location"] == "/operator/venues?said=submitted"
    [asked] = peers.of("POST", f"/v1/venues/{form.values['venue_id']}/submissions")
    assert asked.headers["If-Match"] == '"3"'


async def test_an_operator_sees_which_offering_waits_for_the_office(
    signed_in: SignIn, peers: Peers
) -> None:
    browser: Browser = await signed_in(**OPERATOR)
    assert "文旅局同意后上线" not in (await browser.get("/operator/venues")).text
    venue = district.VENUES[0]
    first, *others = venue["offerings"]
    waiting = {**venue, "offerings": [{**first, "on_sale": False, "held_back": True}, *others]}
    peers.answers["GET", "/v1/venues"] = {"items": [waiting], "next": None}
    page = (await browser.get("/operator/venues")).text
    assert page.count("文旅局同意后上线") == 1


async def test_small_cells_are_shown_as_under_ten_and_left_out_of_the_sums(
    signed_in: SignIn, peers: Peers
) -> None:
    browser: Browser = await signed_in(**OFFICE)
    page = (await browser.get("/office?from=2026-11-13&to=2026-11-26")).text
    cells = examples.visits()["items"]
    assert page.count("&lt;10</span>") == sum(cell["suppressed"] for cell in cells)
    assert f"<strong>{sum(cell['booked'] or 0 for cell in cells)}</strong>" in page
    assert "当天有有效预订的人次" in page
    assert "数据完整到 11月26日 周四 10:00" in page
    assert dict(peers.of("GET", "/v1/visits")[-1].query)["from"] == "2026-11-13"


async def test_the_office_is_told_of_a_year_for_which_offerings_wait(
    signed_in: SignIn, peers: Peers
) -> None:
    browser: Browser = await signed_in(**OFFICE)
    assert "放假安排还没有录入" not in (await browser.get("/office")).text
    missing = [{"year": 2027, "waiting": 41, "offerings": 52}]
    peers.answers["GET", "/v1/calendars"] = {"known": [], "missing": missing}
    page = (await browser.get("/office")).text
    assert "2027 年的放假安排还没有录入：有 41 个项目" in page
    await browser.get("/language?to=en&next=/office")
    assert "The holidays of 2027 have not been entered: 41" in (await browser.get("/office")).text


async def test_a_period_that_is_none_is_told_and_replaced(signed_in: SignIn) -> None:
    browser: Browser = await signed_in(**OFFICE)
    assert "日期不对" in (await browser.get("/office?from=2026-11-20&to=2026-11-01")).text
    assert "一次最多三个月" in (await browser.get("/office?from=2020-01-01&to=2026-11-01")).text


async def test_the_office_approves_the_version_that_it_saw(signed_in: SignIn, peers: Peers) -> None:
    browser: Browser = await signed_in(**OFFICE)
    page = await browser.get("/office/approvals")
    path = f"/v1/venues/{district.example_id(21)}/approvals"
    done = await browser.send(page.form("/office/approvals"))
    assert done.headers["Location"] == "/office/approvals?said=approved"
    assert peers.of("POST", path)[0].headers["If-Match"] == '"3"'
    peers.answers["POST", path] = problem(412, "precondition_failed")
    done = await browser.send(page.form("/office/approvals"))
    assert done.headers["Location"] == "/office/approvals?said=changed_meanwhile"


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        ("venue_without_schedule", "no_schedule", "还没有安排开放时间"),
        ("licence_missing", "no_licence", "还缺少经确认、今天有效的许可证"),
    ],
)
async def test_the_office_reads_what_a_venue_lacks_to_be_public(
    signed_in: SignIn, peers: Peers, code: str, said: str, words: str
) -> None:
    browser: Browser = await signed_in(**OFFICE)
    page = await browser.get("/office/approvals")
    path = f"/v1/venues/{district.example_id(21)}/approvals"
    peers.answers["POST", path] = problem(409, code)
    done = await browser.send(page.form("/office/approvals"))
    assert done.headers["Location"] == f"/office/approvals?said={said}"
    assert words in (await browser.get(done.headers["Location"])).text


async def test_a_rejection_needs_its_reason(signed_in: SignIn, peers: Peers) -> None:
    browser: Browser = await signed_in(**OFFICE)
    form = (await browser.get("/office/approvals")).form("/office/rejections")
    refused = await browser.send(form, reason="  ")
    assert refused.status == 422
    assert "请写明要改什么" in refused.text
    await browser.send(form, reason="请补上地址")
    [asked] = peers.of("POST", f"/v1/venues/{district.example_id(21)}/rejections")
    assert asked.body == {"reason": "请补上地址"}


async def test_an_order_code_at_the_gate_leads_to_the_arrivals(
    signed_in: SignIn, peers: Peers
) -> None:
    browser: Browser = await signed_in(**OPERATOR)
    await browser.send((await browser.get("/gate")).form("/gate"), code=order_code())
    page = await browser.get("/gate")
    assert 'class="gate amber"' in page.text
    assert 'href="/operator"' in page.text
    assert peers.of("POST", "/v1/check-ins") == []

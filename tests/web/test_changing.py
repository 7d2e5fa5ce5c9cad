from typing import Any

from tests.web import booked, district, examples
from tests.web.browser import Browser
from tests.web.peers import Peers, problem

ORDER = f"/orders/{district.example_id(500)}"
LINE = district.example_id(601)
CHANGE = f"{ORDER}/lines/{LINE}/change"
TWO = district.at(district.SATURDAY, 14)


async def test_a_change_begins_with_what_the_line_is(browser: Browser) -> None:
    await browser.sign_in()
    begun = await browser.get(CHANGE)
    assert begun.headers["Location"] == f"{CHANGE}?day=2026-11-28&adult=2&child=1"
    form = (await browser.get(begun.headers["Location"])).form(CHANGE)
    assert (form.values["adult"], form.values["child"]) == ("2", "1")
    assert form.values["slot"] == district.at(district.SATURDAY, 10)


async def test_a_change_is_shown_with_its_difference_and_made_for_exactly_that(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    form = (await browser.get(f"{CHANGE}?day=2026-11-28")).form(CHANGE)
    shown = await browser.send(form, slot=TWO, adult="3", child="0")
    assert "需要补 ¥40" in shown.text
    assert not peers.of("POST", f"/v1{ORDER}/changes")
    wanted = {"line_id": LINE, "starts_at": TWO, "tickets": {"adult": 3}}
    assert peers.of("POST", f"/v1{ORDER}/change-previews")[0].body == wanted
    confirm = shown.form(f"{CHANGE}s")
    done = await browser.send(confirm)
    assert done.headers["Location"] == f"{ORDER}?said=changed"
    [asked] = peers.of("POST", f"/v1{ORDER}/changes")
    consent = {"expected_difference_fen": 4000, "accepts_no_refund": False}
    assert asked.body == {**wanted, **consent}
    assert asked.headers["Idempotency-Key"] == confirm.values["key"]


async def test_what_cannot_be_changed_to_is_told_where_one_chooses(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    words = "那时只剩 1 个名额。"
    path = f"/v1{ORDER}/change-previews"
    peers.answers["POST", path] = problem(409, "pool_exhausted", words)
    form = (await browser.get(f"{CHANGE}?day=2026-11-28")).form(CHANGE)
    refused = await browser.send(form, slot=TWO)
    assert refused.status == 409
    assert words in refused.text
    assert refused.form(CHANGE).values["slot"] == TWO


async def test_another_difference_than_was_shown_is_shown_anew(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    form = (await browser.get(f"{CHANGE}?day=2026-11-28")).form(CHANGE)
    shown = await browser.send(form, slot=TWO)
    words = "差价变了。"
    peers.answers["POST", f"/v1{ORDER}/changes"] = problem(409, "difference_changed", words)
    refused = await browser.send(shown.form(f"{CHANGE}s"))
    assert words in refused.text
    assert refused.form(f"{CHANGE}s").values["difference_fen"] == "4000"


async def test_a_change_that_costs_more_waits_on_the_orders_page_for_its_payment(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    waits = examples.line(
        603, 32, state="held", replaces_line_id=LINE, held_until=district.at(district.SATURDAY, 9)
    )
    order: dict[str, Any] = examples.order(payment_method="sandbox", paid_fen=51200)
    order["lines"] = [*order["lines"], waits]
    peers.answers["GET", f"/v1{ORDER}"] = order
    page = await browser.get(ORDER)
    form = page.form(f"{ORDER}/payments")
    assert (form.values["method"], form.values["line"]) == ("sandbox", waits["line_id"])
    gone = await browser.send(form)
    assert gone.headers["Location"] == booked.PAY_URL
    assert peers.of("POST", f"/v1{ORDER}/payments")[0].body["line_id"] == waits["line_id"]


async def test_an_order_is_looked_up_without_signing_in(browser: Browser, peers: Peers) -> None:
    page = await browser.get("/lookup")
    found = await browser.send(page.form("/lookup"), code=" 7k4q m2xp ", digits="0001")
    assert found.status == 200
    assert found.text.count("<svg") == len(examples.TICKETS)
    assert "cancel" not in found.text
    [asked] = peers.of("POST", "/v1/order-lookups")
    assert asked.body == {"code": "7k4q m2xp", "phone_last_four": "0001"}
    # Wrong tries are counted by where the visitor comes from, not where the pages do.
    assert asked.headers["X-Forwarded-For"] == "127.0.0.1"


async def test_looking_up_says_what_went_wrong_and_keeps_what_was_typed(
    browser: Browser, peers: Peers
) -> None:
    form = (await browser.get("/lookup")).form("/lookup")
    refused = await browser.send(form, code="7K4Q-M2XP", digits="12")
    assert refused.status == 422
    for answer, status, words in (
        (problem(404, "not_found"), 404, "没有找到"),
        (problem(429, "too_many_requests"), 429, "试的次数太多了"),
    ):
        peers.answers["POST", "/v1/order-lookups"] = answer
        refused = await browser.send(form, code="7K4Q-M2XP", digits="0001")
        assert refused.status == status
        assert words in refused.text
        assert refused.form("/lookup").values["code"] == "7K4Q-M2XP"

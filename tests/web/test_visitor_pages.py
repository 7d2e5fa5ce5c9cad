from collections.abc import Callable
from typing import Any

from services.web.domain.local_path import local_path
from tests.web import examples
from tests.web.browser import Browser, Shown
from tests.web.peers import Peers, problem

POTTERY = f"/offerings/{examples.POTTERY}"
TEN_O_CLOCK = examples.at(examples.SATURDAY, 10)
NINE_O_CLOCK = examples.at(examples.SATURDAY, 9)
ORDER = f"/orders/{examples.example_id(500)}"


async def add(browser: Browser, offering: str, slot: str, **tickets: str) -> Shown:
    path = f"/offerings/{offering}"
    page = await browser.get(f"{path}?day={examples.SATURDAY}")
    return await browser.send(page.form(path), slot=slot, **tickets)


async def test_the_front_page_tells_what_is_left_for_this_party(
    browser: Browser, peers: Peers
) -> None:
    shown = await browser.get("/?adult=2&child=1")
    assert shown.status == 200
    assert "11月28日 周六" in shown.text
    assert "余 9 位" in shown.text
    assert "只剩 1，不够 3 人" in shown.text  # noqa: RUF001 - a text of the page
    assert "已约满" in shown.text
    [asked] = peers.of("GET", "/v1/availability")
    assert dict(asked.query)["party"] == "3"
    assert dict(asked.query)["from"] == dict(asked.query)["to"] == "2026-11-28"


async def test_quieter_villages_are_suggested_and_none_in_which_something_is_full(
    browser: Browser,
) -> None:
    text = (await browser.get("/?adult=2&child=1")).text
    quiet = text.split("人少一点的村子")[1].split("去哪个村")[0]
    assert "岩河里" in quiet
    assert "嘉溪村" not in quiet


async def test_without_bookings_the_front_page_claims_nothing_about_places(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["GET", "/v1/availability"] = 503, {}
    shown = await browser.get("/")
    assert shown.status == 200
    assert "余量暂时查不到" in shown.text
    assert "已约满" not in shown.text


async def test_a_day_that_cannot_be_booked_becomes_the_coming_saturday(browser: Browser) -> None:
    for day in ("2020-01-01", "2031-01-01", "soon", "2026-11-28T00:00"):
        assert "11月28日 周六" in (await browser.get(f"/?day={day}")).text


async def test_an_empty_day_says_what_to_do_next(browser: Browser, peers: Peers) -> None:
    peers.answers["GET", "/v1/venues"] = {"items": [], "next": None}
    shown = await browser.get("/")
    assert "这天没有找到合适的" in shown.text
    assert "看看这个周末全部" in shown.text


async def test_a_lone_slot_that_fits_on_the_day_is_chosen_already(browser: Browser) -> None:
    page = await browser.get(f"/offerings/{examples.TEA}?day={examples.SATURDAY}&adult=2")
    assert page.form(f"/offerings/{examples.TEA}").values["slot"] == NINE_O_CLOCK


async def test_an_offering_is_added_and_the_plan_shows_it(browser: Browser) -> None:
    added = await add(browser, examples.TEA, NINE_O_CLOCK, adult="2", child="0")
    assert (added.status, added.headers["Location"]) == (303, "/plan?said=added")
    plan = (await browser.get("/plan")).text
    assert "采茶与炒青" in plan
    assert "09:00–11:00" in plan  # noqa: RUF001 - a text of the page
    assert "¥256" in plan


async def test_too_few_places_are_told_beside_the_times_and_nothing_typed_is_lost(
    browser: Browser,
) -> None:
    refused = await add(browser, examples.POTTERY, TEN_O_CLOCK, adult="3", child="1")
    assert refused.status == 422
    assert "这个时间只剩 1，不够这么多人" in refused.text  # noqa: RUF001 - a text of the page
    values = refused.form(POTTERY).values
    assert (values["slot"], values["adult"], values["child"]) == (TEN_O_CLOCK, "3", "1")


async def test_a_form_without_time_or_people_says_so_at_both_fields(browser: Browser) -> None:
    refused = await add(browser, examples.POTTERY, "", adult="0", child="0")
    assert refused.status == 422
    assert "请选一个时间" in refused.text
    assert "请选一下有几个人" in refused.text


async def test_a_party_of_more_than_twenty_is_refused_in_words(browser: Browser) -> None:
    refused = await add(browser, examples.TEA, NINE_O_CLOCK, adult="21")
    assert "一次最多 20 人" in refused.text


async def test_two_things_at_one_time_are_pointed_out(browser: Browser) -> None:
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="1")
    await add(browser, examples.POTTERY, TEN_O_CLOCK, adult="1")
    assert "和前一项时间重叠" in (await browser.get("/plan")).text


async def test_a_line_is_taken_out_of_the_plan(browser: Browser) -> None:
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="1")
    page = await browser.get("/plan")
    assert (await browser.send(page.form("/plan/removals"))).status == 303
    assert "行程单还是空的" in (await browser.get("/plan")).text


async def test_a_plan_whose_cookie_was_changed_is_empty(browser: Browser) -> None:
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="1")
    jar = browser.client.session.cookie_jar
    [cookie] = [one for one in jar if one.key == "xiangyou_plan"]
    changed = cookie.value[:-6] + ("A" if cookie.value[-6] != "A" else "B") + cookie.value[-5:]
    jar.update_cookies({"xiangyou_plan": changed}, browser.client.make_url("/"))
    assert "行程单还是空的" in (await browser.get("/plan")).text


async def test_a_cookie_of_another_purpose_is_no_plan(browser: Browser) -> None:
    await browser.sign_in()
    jar = browser.client.session.cookie_jar
    [session] = [one for one in jar if one.key == "xiangyou_session"]
    jar.update_cookies({"xiangyou_plan": session.value}, browser.client.make_url("/"))
    assert "行程单还是空的" in (await browser.get("/plan")).text


async def test_a_plan_of_twenty_lines_fits_into_its_cookie(browser: Browser) -> None:
    for _ in range(20):
        assert (await add(browser, examples.TEA, NINE_O_CLOCK, adult="1")).status == 303
    refused = await add(browser, examples.TEA, NINE_O_CLOCK, adult="1")
    assert "行程单已经有 20 项" in refused.text


async def test_the_whole_plan_is_ordered_with_what_the_visitor_saw(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="2", child="1")
    await add(browser, examples.CAMP, examples.at(examples.SATURDAY, 15), adult="4", nights="2")
    form = (await browser.get("/plan")).form("/plan/orders")
    assert form.values["contact_name"] == "林小满"
    done = await browser.send(form, contact_name="  小 满 ")
    assert (done.status, done.headers["Location"]) == (303, f"{ORDER}?said=ordered")
    [asked] = peers.of("POST", "/v1/orders")
    assert asked.headers["Idempotency-Key"] == form.values["key"]
    assert asked.headers["Authorization"] == "Bearer token-of-lin"
    assert asked.body == {
        "lines": [
            {
                "offering_id": examples.TEA,
                "starts_at": NINE_O_CLOCK,
                "tickets": {"adult": 2, "child": 1},
            },
            {
                "offering_id": examples.CAMP,
                "date": "2026-11-28",
                "nights": 2,
                "tickets": {"adult": 4},
            },
        ],
        "contact": {"name": "小 满"},
        "payment_method": "on_site",
        "expected_total_fen": 2 * 12800 + 8800 + 2 * 16800,
    }
    assert "行程单还是空的" in (await browser.get("/plan")).text


async def test_a_double_tap_orders_once(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="2")
    form = (await browser.get("/plan")).form("/plan/orders")
    # The second tap comes while the first is being worked on: it still has the old cookie.
    kept = {one.key: one.value for one in browser.client.session.cookie_jar}
    first = await browser.send(form)
    browser.client.session.cookie_jar.update_cookies(kept, browser.client.make_url("/"))
    second = await browser.send(form)
    assert first.headers["Location"] == second.headers["Location"]
    keys = {asked.headers["Idempotency-Key"] for asked in peers.of("POST", "/v1/orders")}
    assert keys == {form.values["key"]}


async def test_a_second_tap_after_the_first_was_answered_asks_nobody_again(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="2")
    form = (await browser.get("/plan")).form("/plan/orders")
    first = await browser.send(form)
    second = await browser.send(form)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(peers.of("POST", "/v1/orders")) == 1


async def test_a_tap_that_meets_the_first_in_flight_waits_for_its_answer(
    browser: Browser, peers: Peers
) -> None:
    answers = iter([problem(409, "request_in_flight"), (201, examples.order())])
    peers.answers["POST", "/v1/orders"] = lambda _asked: next(answers)
    await browser.sign_in()
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="2")
    done = await browser.send((await browser.get("/plan")).form("/plan/orders"))
    assert done.headers["Location"].startswith(ORDER)


async def test_a_lost_answer_keeps_the_key_for_the_next_try(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="2")
    form = (await browser.get("/plan")).form("/plan/orders")
    peers.answers["POST", "/v1/orders"] = 503, {}
    failed = await browser.send(form)
    assert failed.status == 503
    assert "不会订成两份" in failed.text
    assert failed.form("/plan/orders").values["key"] == form.values["key"]


async def test_what_is_sold_out_meanwhile_is_told_at_its_line(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="2")
    peers.answers["POST", "/v1/orders"] = problem(409, "pool_exhausted", line=0, left=1)
    refused = await browser.send((await browser.get("/plan")).form("/plan/orders"))
    assert refused.status == 409
    stop, total = refused.text.split("合计")
    assert "刚刚被别人订走了" in stop
    assert "其余的也没有订" in total


async def test_a_form_of_an_older_plan_orders_nothing(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="1")
    old = (await browser.get("/plan")).form("/plan/orders")
    await add(browser, examples.POTTERY, TEN_O_CLOCK, adult="1")
    refused = await browser.send(old)
    assert refused.status == 422
    assert "行程单在别处改过了" in refused.text
    assert not peers.of("POST", "/v1/orders")


async def test_a_missing_name_is_asked_for_beside_its_field(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="1")
    refused = await browser.send((await browser.get("/plan")).form("/plan/orders"), contact_name="")
    assert refused.status == 422
    assert 'id="contact_name-error"' in refused.text
    assert not peers.of("POST", "/v1/orders")


async def test_ordering_without_being_signed_in_leads_to_the_login_and_back(
    browser: Browser,
) -> None:
    await add(browser, examples.TEA, NINE_O_CLOCK, adult="1")
    page = await browser.get("/plan")
    assert "/login?next=/plan" in page.text


async def test_an_order_shows_its_code_and_a_qr_for_each_ticket(browser: Browser) -> None:
    await browser.sign_in()
    page = await browser.get(ORDER)
    assert "7K4Q-M2XP" in page.text
    assert page.text.count(f"{ORDER}/tickets/") == len(examples.TICKETS)
    qr = await browser.get(f"{ORDER}/tickets/{examples.example_id(601)}/1.svg")
    assert qr.headers["Content-Type"] == "image/svg+xml"
    assert "no-store" in qr.headers["Cache-Control"]
    assert (await browser.get(f"{ORDER}/tickets/{examples.example_id(601)}/9.svg")).status == 404


async def test_cancelling_says_what_will_happen_before_it_does(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    page = await browser.get(f"{ORDER}/cancel")
    assert "二维码全部作废" in page.text
    path = f"/v1{ORDER}/cancellations"
    assert not peers.of("POST", path)
    done = await browser.send(page.form(f"{ORDER}/cancel"))
    assert done.headers["Location"] == f"{ORDER}?said=cancelled"
    assert len(peers.of("POST", path)) == 1


async def test_cancelling_too_late_is_told_on_the_page(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    peers.answers["POST", f"/v1{ORDER}/cancellations"] = problem(409, "order_not_cancellable")
    page = await browser.get(f"{ORDER}/cancel")
    assert "不能取消了" in (await browser.send(page.form(f"{ORDER}/cancel"))).text


async def test_the_name_and_the_language_can_be_changed(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    form = (await browser.get("/me")).form("/me")
    done = await browser.send(form, name="小林", language="en")
    assert done.headers["Location"] == "/me?said=saved"
    [asked] = peers.of("PATCH", "/v1/me")
    assert asked.body == {"name": "小林", "language": "en"}
    assert "My trips" in (await browser.get("/me")).text


async def test_the_language_switch_returns_to_where_one_was(browser: Browser) -> None:
    switched = await browser.get("/language?to=en&next=/villages/jiaxi%3Fadult%3D2")
    assert switched.headers["Location"] == "/villages/jiaxi?adult=2"
    assert "How to get there" in (await browser.get("/villages/jiaxi")).text
    foreign = await browser.get("/language?to=fr&next=https://evil.example/")
    assert foreign.headers["Location"] == "/"


def test_only_paths_of_ours_are_gone_to() -> None:
    for evil in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/a\nSet-Cookie: x",
        "javascript:alert(1)",
        "/" + "a" * 600,
        "",
        None,
    ):
        assert local_path(evil) == "/"
    assert local_path("/plan?a=1&b=%E4%B8%AD") == "/plan?a=1&b=%E4%B8%AD"

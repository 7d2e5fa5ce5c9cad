from tests.web import district, examples
from tests.web.browser import Browser
from tests.web.peers import Peers, problem
from tests.web.visiting import NINE_O_CLOCK, TEN_O_CLOCK, add

POTTERY = f"/offerings/{district.POTTERY}"
ORDER = f"/orders/{district.example_id(500)}"


async def test_an_offering_is_added_and_the_plan_shows_it(browser: Browser) -> None:
    added = await add(browser, district.TEA, NINE_O_CLOCK, adult="2", child="0")
    assert (added.status, added.headers["Location"]) == (303, "/plan?said=added")
    plan = (await browser.get("/plan")).text
    assert "采茶与炒青" in plan
    assert "09:00–11:00" in plan
    assert "¥256" in plan


async def test_too_few_places_are_told_beside_the_times_and_nothing_typed_is_lost(
    browser: Browser,
) -> None:
    refused = await add(browser, district.POTTERY, TEN_O_CLOCK, adult="3", child="1")
    assert refused.status == 422
    assert "这个时间只剩 1，不够这么多人" in refused.text
    values = refused.form(POTTERY).values
    assert (values["slot"], values["adult"], values["child"]) == (TEN_O_CLOCK, "3", "1")


async def test_a_form_without_time_or_people_says_so_at_both_fields(browser: Browser) -> None:
    refused = await add(browser, district.POTTERY, "", adult="0", child="0")
    assert refused.status == 422
    assert "请选一个时间" in refused.text
    assert "请选一下有几个人" in refused.text


async def test_a_party_of_more_than_twenty_is_refused_in_words(browser: Browser) -> None:
    refused = await add(browser, district.TEA, NINE_O_CLOCK, adult="21")
    assert "一次最多 20 人" in refused.text


async def test_two_things_at_one_time_are_pointed_out(browser: Browser) -> None:
    await add(browser, district.TEA, NINE_O_CLOCK, adult="1")
    await add(browser, district.POTTERY, TEN_O_CLOCK, adult="1")
    assert "和前一项时间重叠" in (await browser.get("/plan")).text


async def test_a_line_is_taken_out_of_the_plan(browser: Browser) -> None:
    await add(browser, district.TEA, NINE_O_CLOCK, adult="1")
    page = await browser.get("/plan")
    assert (await browser.send(page.form("/plan/removals"))).status == 303
    assert "行程单还是空的" in (await browser.get("/plan")).text


async def test_a_plan_whose_cookie_was_changed_is_empty(browser: Browser) -> None:
    await add(browser, district.TEA, NINE_O_CLOCK, adult="1")
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
        assert (await add(browser, district.TEA, NINE_O_CLOCK, adult="1")).status == 303
    refused = await add(browser, district.TEA, NINE_O_CLOCK, adult="1")
    assert "行程单已经有 20 项" in refused.text


async def test_the_whole_plan_is_ordered_with_what_the_visitor_saw(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2", child="1")
    await add(browser, district.CAMP, district.at(district.SATURDAY, 15), adult="4", nights="2")
    form = (await browser.get("/plan")).form("/plan/orders")
    assert form.values["contact_name"] == "林小满"
    done = await browser.send(form, contact_name="  小 满 ", contact_phone="13800000001")
    assert (done.status, done.headers["Location"]) == (303, f"{ORDER}?said=ordered")
    [asked] = peers.of("POST", "/v1/orders")
    assert asked.headers["Idempotency-Key"] == form.values["key"]
    assert asked.headers["Authorization"] == "Bearer token-of-lin"
    assert asked.body == {
        "quote_id": "a-sealed-quote",
        "contact": {"name": "小 满", "phone": "13800000001"},
        "payment_method": "on_site",
        "accepts_no_refund": False,
    }
    quoted = peers.of("POST", "/v1/quotes")[-1]
    assert quoted.headers["Authorization"] == "Bearer token-of-lin"
    assert quoted.body == {
        "lines": [
            {
                "offering_id": district.TEA,
                "starts_at": NINE_O_CLOCK,
                "tickets": {"adult": 2, "child": 1},
            },
            {
                "offering_id": district.CAMP,
                "date": "2026-11-28",
                "nights": 2,
                "tickets": {"adult": 4},
            },
        ],
    }
    assert "行程单还是空的" in (await browser.get("/plan")).text


async def test_a_double_tap_orders_once(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
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
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
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
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
    done = await browser.send((await browser.get("/plan")).form("/plan/orders"))
    assert done.headers["Location"].startswith(ORDER)


async def test_a_lost_answer_keeps_the_key_for_the_next_try(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
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
    await add(browser, district.TEA, NINE_O_CLOCK, adult="2")
    peers.answers["POST", "/v1/orders"] = problem(
        409, "pool_exhausted", "只剩 1 个名额。", line=0, left=1
    )
    refused = await browser.send((await browser.get("/plan")).form("/plan/orders"))
    assert refused.status == 409
    stop, total = refused.text.split("合计")
    assert "只剩 1 个名额。" in stop
    assert "其余的也没有订" in total


async def test_a_form_of_an_older_plan_orders_nothing(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="1")
    old = (await browser.get("/plan")).form("/plan/orders")
    await add(browser, district.POTTERY, TEN_O_CLOCK, adult="1")
    refused = await browser.send(old)
    assert refused.status == 422
    assert "行程单在别处改过了" in refused.text
    assert not peers.of("POST", "/v1/orders")


async def test_a_missing_name_is_asked_for_beside_its_field(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    await add(browser, district.TEA, NINE_O_CLOCK, adult="1")
    refused = await browser.send((await browser.get("/plan")).form("/plan/orders"), contact_name="")
    assert refused.status == 422
    assert 'id="contact_name-error"' in refused.text
    assert not peers.of("POST", "/v1/orders")


async def test_ordering_without_being_signed_in_leads_to_the_login_and_back(
    browser: Browser,
) -> None:
    await add(browser, district.TEA, NINE_O_CLOCK, adult="1")
    page = await browser.get("/plan")
    assert "/login?next=/plan" in page.text

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from services.web.domain.local_path import local_path
from tests.web import booked, district
from tests.web.browser import Browser, Shown
from tests.web.peers import Asked, Peers, problem, usual_answer
from tests.web.visiting import NINE_O_CLOCK


async def test_the_front_page_tells_what_is_left_for_this_party(
    browser: Browser, peers: Peers
) -> None:
    shown = await browser.get("/?adult=2&child=1")
    assert shown.status == 200
    assert "11月28日 周六" in shown.text
    assert "余 9 位" in shown.text
    assert "只剩 1，不够 3 人" in shown.text
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
    page = await browser.get(f"/offerings/{district.TEA}?day={district.SATURDAY}&adult=2")
    assert page.form(f"/offerings/{district.TEA}").values["slot"] == NINE_O_CLOCK


async def test_an_offering_without_a_ticket_for_a_child_says_so(browser: Browser) -> None:
    venue = f"/venues/{district.example_id(21)}"
    assert "没有小孩票" in (await browser.get(f"{venue}?adult=2&child=1")).text
    assert "没有小孩票" not in (await browser.get(f"{venue}?adult=2")).text


async def test_a_child_does_not_stay_the_night_alone(browser: Browser) -> None:
    path = f"/offerings/{district.CAMP}"
    form = (await browser.get(f"{path}?child=1")).form(path)
    assert form.values["adult"] == "1"
    refused = await browser.send(form, adult="0", child="1")
    assert refused.status == 422
    assert "至少要有一位大人或老人" in refused.text


async def test_the_day_that_was_asked_for_comes_before_the_folded_others(browser: Browser) -> None:
    text = (await browser.get(f"/offerings/{district.TEA}?day={district.SATURDAY}")).text
    before, folded = text.split("<details")
    assert "<h3>11月28日 周六</h3>" in before
    assert before.count('class="slot-day"') == 1
    assert "<h3>11月29日 周日</h3>" in folded


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


async def test_the_language_link_on_a_forms_answer_leads_to_the_page_of_the_form(
    browser: Browser,
) -> None:
    path = f"/offerings/{district.TEA}"
    form = (await browser.get(f"{path}?day=2026-11-28&adult=3")).form(path)
    came_from = str(browser.client.make_url(f"{path}?day=2026-11-28&adult=3"))
    refused = await browser.send(form, {"Referer": came_from}, adult="0")
    assert refused.status == 422
    assert language_link(refused) == f"{path}?day=2026-11-28&adult=3"
    elsewhere = await browser.send(form, {"Referer": "https://evil.example/x"}, adult="0")
    assert language_link(elsewhere) == "/"


def language_link(page: Shown) -> str:
    """Return where the page's link to the other language leads back to."""
    found = re.search(r'href="/language\?to=en&amp;next=([^"]*)"', page.text)
    assert found is not None
    return unquote(found[1])


async def test_a_table_is_chosen_after_its_party_among_times_that_fit(
    browser: Browser, peers: Peers
) -> None:
    table = district.offering(
        33,
        23,
        12,
        "table",
        prices=[{"ticket_type": "table", "fen": 0}],
        payment="free",
        duration_minutes=None,
        terms={"party_most": 8, "seating": [{"up_to_persons": 8, "minutes": 90}]},
    )
    peers.answers["GET", f"/v1/offerings/{district.TEA}"] = table
    page = await browser.get(f"/offerings/{district.TEA}?day=2026-11-28&adult=3")
    assert "3 人可坐 90 分钟" in page.text
    before, after = [form for form in page.forms if "/offerings/" in form.action]
    assert (before.method, before.values["adult"]) == ("get", "3")
    assert (after.method, after.values["adult"]) == ("post", "3")
    [asked] = peers.of("GET", "/v1/availability")
    assert (dict(asked.query)["from"], dict(asked.query)["to"]) == ("2026-11-28", "2026-11-28")
    larger = await browser.get(f"/offerings/{district.TEA}?day=2026-11-28&adult=8&child=2")
    assert "没有 10 人坐得下的时间" in larger.text


async def test_types_of_pitches_say_how_many_of_each_are_left(
    browser: Browser, peers: Peers
) -> None:
    options = [
        {"code": code, "name": district.both(code, code), "units": 8, "persons": 4}
        for code in ("pond", "forest")
    ]
    camp = district.offering(31, 21, 11, "stay", terms={"options": options})
    peers.answers["GET", f"/v1/offerings/{district.CAMP}"] = camp

    def slots(_asked: Asked) -> Any:
        found = district.slots([district.CAMP], district.SATURDAY, district.SATURDAY, 2)
        return {"items": [{**one, "left": 3, "options": {"pond": 3, "forest": 0}} for one in found]}

    peers.answers["GET", "/v1/availability"] = slots
    path = f"/offerings/{district.CAMP}"
    page = await browser.get(f"{path}?day=2026-11-28&option=forest")
    assert "余 3" in page.text
    assert "余 0" in page.text
    assert "slot" not in page.form(path).values
    page = await browser.get(f"{path}?day=2026-11-28")
    assert page.form(path).values["option"] == "pond"
    done = await browser.send(page.form(path), adult="2")
    assert done.headers["Location"] == "/plan?said=added"
    await browser.get("/plan")
    [line] = peers.of("POST", "/v1/quotes")[-1].body["lines"]
    assert (line["option"], line["date"], line["nights"]) == ("pond", "2026-11-28", 1)


async def test_a_refund_rule_is_one_sentence(browser: Browser, peers: Peers) -> None:
    path = f"/offerings/{district.TEA}"
    terms = {"refunds": booked.REFUNDS}
    online = district.offering(33, 23, 12, "session", payment="online", terms=terms)
    peers.answers["GET", f"/v1{path}"] = online
    text = (await browser.get(path)).text
    assert "提前 7 天以上全额退，3 天以上退 80%，1 天以上退 50%，之后不退。" in text
    assert "节假日：提前 15 天以上全额退，30 小时以上退 50%，之后不退。" in text
    online["terms"] = {"refunds": {**booked.REFUNDS, "non_refundable": True}}
    text = (await browser.get(path)).text
    assert "付款后不退" in text
    assert "全额退" not in text


async def test_a_year_that_is_not_decreed_yet_is_told(browser: Browser, peers: Peers) -> None:
    peers.answers["GET", "/v1/availability"] = {"items": []}
    peers.answers["GET", "/v1/calendar"] = problem(404, "calendar_year_unknown")
    page = await browser.get(f"/offerings/{district.CAMP}?from=2027-01-20")
    assert "2027 年的放假安排还没公布" in page.text


async def test_the_front_page_passes_on_what_is_looked_for_and_offers_what_else_there_is(
    browser: Browser, peers: Peers
) -> None:
    def found(asked: Asked) -> Any:
        usual = usual_answer(asked)
        assert isinstance(usual, dict)
        village = {
            "village_id": district.example_id(1),
            "slug": "jiaxi",
            "name": district.both("嘉溪村", "Jiaxi"),
        }
        return {
            **usual,
            "next": "there-is-more",
            "total": 30,
            "match": "similar",
            "facets": {
                "kinds": [{"kind": "stay", "venues": 7}],
                "villages": [{"village": village, "venues": 5}],
                "prices": [{"least_fen": 0, "most_fen": 0, "venues": 2}],
            },
            "led_elsewhere": [
                {
                    "village": {**village, "name": district.both("满满村", "Full")},
                    "day": "2026-11-28",
                    "crowding": "crowded",
                    "neighbours": [{**village, "crowding": "quiet"}],
                }
            ],
        }

    peers.answers["GET", "/v1/venues"] = found
    text = (
        await browser.get("/?adult=3&kind=stay&village=jiaxi&price=100&q=taoyi&after=here")
    ).text
    [fitting] = (dict(asked.query) for asked in peers.of("GET", "/v1/venues"))
    assert fitting == {
        "date": "2026-11-28",
        "party": "3",
        "kind": "stay",
        "village": "jiaxi",
        "price_most_fen": "10000",
        "q": "taoyi",
        "cursor": "here",
        "limit": "24",
    }
    assert "嘉溪村 (5)" in text
    assert "免费 (2)" in text
    assert "满满村这天快满了" in text
    assert "读音或写法相近" in text
    assert "after=there-is-more" in text
    assert "village=jiaxi" in text


async def test_behind_the_last_that_fits_stand_those_that_are_full(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["GET", "/v1/venues"] = lambda asked: (
        {"items": [], "next": None} if "party" in dict(asked.query) else usual_answer(asked)
    )
    text = (await browser.get("/?adult=3&q=taoyi&after=here")).text
    _fitting, of_that_day = (dict(asked.query) for asked in peers.of("GET", "/v1/venues"))
    assert of_that_day == {"date": "2026-11-28", "q": "taoyi", "limit": "24"}
    for venue in district.VENUES:
        assert venue["name"]["zh"] in text


async def test_a_page_of_the_list_that_is_none_of_ours_is_the_first_one(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["GET", "/v1/venues"] = lambda asked: (
        problem(422, "invalid_request") if "cursor" in dict(asked.query) else usual_answer(asked)
    )
    assert (await browser.get("/?after=nonsense")).status == 200

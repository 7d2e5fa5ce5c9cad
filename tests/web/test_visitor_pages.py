from collections.abc import Callable
from typing import Any

from services.web.domain.local_path import local_path
from tests.web import district
from tests.web.browser import Browser
from tests.web.peers import Peers
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

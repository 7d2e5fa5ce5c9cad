from datetime import timedelta

from tests.web import booked, district
from tests.web.browser import Browser
from tests.web.peers import Peers, problem
from tests.web.visiting import TEN_O_CLOCK

JOIN = f"/offerings/{district.POTTERY}/waitlist"
ENTRY = f"/waitlist/{district.example_id(800)}"
PARTY = "adult=2&child=1"


async def test_an_offering_that_is_full_for_the_party_offers_the_list(browser: Browser) -> None:
    page = await browser.get(f"/offerings/{district.POTTERY}?day=2026-11-28&{PARTY}")
    assert f'href="{JOIN}?day=2026-11-28' in page.text
    page = await browser.get(f"/offerings/{district.POTTERY}?day=2026-11-28&adult=1")
    assert JOIN not in page.text


async def test_joining_names_the_party_and_the_times_that_would_do(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    page = await browser.get(f"{JOIN}?day=2026-11-28&{PARTY}")
    form = page.form(JOIN)
    assert form.values["contact_name"] == "林小满"
    missing = await browser.send(form)
    assert missing.status == 422
    assert "请至少选一个时间" in missing.text
    done = await browser.send(form, wish_001=TEN_O_CLOCK)
    assert done.headers["Location"] == f"{ENTRY}?said=joined"
    [asked] = peers.of("POST", "/v1/waitlist-entries")
    assert asked.headers["Idempotency-Key"] == form.values["key"]
    assert asked.body == {
        "offering_id": district.POTTERY,
        "tickets": {"adult": 2, "child": 1},
        "wishes": [{"starts_at": TEN_O_CLOCK}],
        "contact": {"name": "林小满"},
        "keep_waiting": True,
        "accepts_no_refund": False,
    }


async def test_a_refusal_of_the_list_is_told_in_its_words(browser: Browser, peers: Peers) -> None:
    await browser.sign_in()
    form = (await browser.get(f"{JOIN}?day=2026-11-28&{PARTY}")).form(JOIN)
    words = "那天还有名额，可以直接预订。"
    peers.answers["POST", "/v1/waitlist-entries"] = problem(409, "places_left", words)
    refused = await browser.send(form, wish_001=TEN_O_CLOCK)
    assert refused.status == 409
    assert words in refused.text
    assert refused.form(JOIN).values["wish_001"] == TEN_O_CLOCK


async def test_an_entry_tells_its_rank_and_why_others_came_first(browser: Browser) -> None:
    await browser.sign_in()
    page = await browser.get(ENTRY)
    assert "前面还有 2 组" in page.text
    assert "只空出 1 位，您需要 3 位。" in page.text
    left = await browser.send(page.form(f"{ENTRY}/withdrawals"))
    assert left.headers["Location"] == f"{ENTRY}?said=left_list"
    assert ENTRY in (await browser.get("/me")).text


async def test_an_offer_counts_down_and_can_be_taken_or_refused(
    browser: Browser, peers: Peers
) -> None:
    offer = {
        "wish": 0,
        "order_id": district.example_id(500),
        "offered_at": district.NOW.isoformat(),
        "expires_at": (district.NOW + timedelta(minutes=25)).isoformat(),
        "outcome": None,
    }
    offered = booked.entry(state="offered", rank=None, offer=offer)
    peers.answers["GET", f"/v1{ENTRY.replace('waitlist', 'waitlist-entries')}"] = offered
    await browser.sign_in()
    page = await browser.get(ENTRY)
    assert "还剩 25 分钟" in page.text
    assert f'href="/orders/{offer["order_id"]}"' in page.text
    refused = await browser.send(page.form(f"{ENTRY}/refusals"))
    assert refused.headers["Location"] == f"{ENTRY}?said=offer_refused"


async def test_an_offer_that_is_gone_meanwhile_shows_how_it_stands(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    path = f"/v1{ENTRY.replace('waitlist', 'waitlist-entries')}/withdrawals"
    peers.answers["POST", path] = problem(409, "waitlist_entry_ended")
    left = await browser.send((await browser.get(ENTRY)).form(f"{ENTRY}/withdrawals"))
    assert left.headers["Location"] == ENTRY

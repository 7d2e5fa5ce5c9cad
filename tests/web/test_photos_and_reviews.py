"""Pictures and reviews in the pages: chosen by browsers, inert, written by those who came."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from services.web.app import build_app
from tests.web import district, reviewed
from tests.web.browser import Browser, Client
from tests.web.conftest import FixedClock, settings_for
from tests.web.peers import Peers, problem

VENUE = f"/venues/{district.example_id(22)}"
FILE = f"/photos/{reviewed.DIGEST}/640.webp"


async def test_a_venue_shows_its_photos_in_sizes_from_which_the_browser_chooses(
    browser: Browser,
) -> None:
    text = (await browser.get(VENUE)).text
    assert f'srcset="{FILE.replace("640", "320")} 320w, {FILE} 640w' in text
    for kind in ("avif", "webp"):
        assert f'<source type="image/{kind}"' in text
    assert 'alt="窑前的第 1 张" width="1280" height="853"' in text
    assert 'fill="#3a7d44"' in text
    # The first one is what people came to see; others come when they are scrolled to.
    first, second = text.split('alt="窑前的第 ')[1:3]
    assert "lazy" not in first.split(">")[0]
    assert 'loading="lazy"' in second.split(">")[0]


async def test_words_of_a_photo_are_in_the_readers_language(browser: Browser) -> None:
    browser.headers["Accept-Language"] = "en"
    assert 'alt="Picture 1 of the kiln"' in (await browser.get(VENUE)).text


async def test_a_card_shows_the_first_photo_and_the_rating_and_a_drawing_where_there_is_none(
    browser: Browser,
) -> None:
    text = (await browser.get("/")).text
    card = text.split("老窑陶坊")[0].rsplit("<article", 1)[1]
    assert FILE in card
    assert "窑前的第 2 张" not in text
    assert "4.4" in text
    assert "scenes/camping.svg" in text


async def test_reviews_are_plain_words_of_nobody_by_name(browser: Browser, peers: Peers) -> None:
    hostile = {**reviewed.REVIEWS, "items": [reviewed.review(text=reviewed.HOSTILE)]}
    peers.answers["GET", f"/v1{VENUE}/reviews"] = hostile
    text = (await browser.get(VENUE)).text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text
    assert "<img src=x" not in text
    assert "来过，2026年10月" in text
    assert "谢谢，下次见！" in text
    assert "7 条评价" in text
    assert "隐藏了 1 条评价" in text
    assert 'href="/venues/' + district.example_id(22) + '?reviews=older#reviews"' in text


async def test_without_reviews_a_venue_can_still_be_booked(browser: Browser, peers: Peers) -> None:
    peers.answers["GET", f"/v1{VENUE}/reviews"] = 503, {}
    shown = await browser.get(VENUE)
    assert shown.status == 200
    assert "亲子拉坯" in shown.text


async def test_who_came_writes_a_review(signed_in: Callable[..., Any], peers: Peers) -> None:
    browser: Browser = await signed_in()
    assert f'href="/visits/{reviewed.LINE}"' in (await browser.get("/visits")).text
    page = await browser.get(f"/visits/{reviewed.LINE}")
    form = page.form(f"/visits/{reviewed.LINE}")
    sent = await browser.send(form, rating="5", text="很好\r\n下次还来")
    assert sent.status == 303
    assert sent.headers["Location"] == f"{VENUE}?said=reviewed"
    [asked] = peers.of("POST", f"/v1{VENUE}/reviews")
    assert asked.body == {
        "line_id": reviewed.LINE,
        "rating": 5,
        "text": "很好\n下次还来",
        "language": "zh",
    }
    assert asked.headers["Idempotency-Key"]


async def test_an_author_finds_what_they_said_and_changes_it(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    peers.answers["PUT", f"/v1/reviews/{reviewed.REVIEW}"] = reviewed.review()
    browser: Browser = await signed_in()
    page = await browser.get(f"/visits/{reviewed.REVIEWED_LINE}")
    assert "泥巴很听话" in page.text
    form = page.form(f"/visits/{reviewed.REVIEWED_LINE}")
    assert form.values["rating"] == "4"
    assert (await browser.send(form, rating="3", text="")).status == 303
    [asked] = peers.of("PUT", f"/v1/reviews/{reviewed.REVIEW}")
    assert asked.body == {"rating": 3, "text": None, "language": "zh"}
    assert asked.headers["If-Match"] == '"2"'


async def test_a_hidden_review_shows_its_author_why(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    hidden = reviewed.review(state="hidden", hidden_because="含有电话号码")
    peers.answers["GET", f"/v1/reviews/{reviewed.REVIEW}"] = hidden
    browser: Browser = await signed_in()
    page = await browser.get(f"/visits/{reviewed.REVIEWED_LINE}")
    assert "含有电话号码" in page.text
    assert f'action="/visits/{reviewed.REVIEWED_LINE}"' not in page.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [({"rating": "6"}, "请选择几颗星"), ({"rating": "5", "text": "长" * 2001}, "最多 2000 字")],
    ids=["stars", "length"],
)
async def test_a_form_that_is_not_whole_keeps_what_was_typed(
    signed_in: Callable[..., Any], typed: dict[str, Any], words: str
) -> None:
    browser: Browser = await signed_in()
    page = await browser.get(f"/visits/{reviewed.LINE}")
    shown = await browser.send(page.form(f"/visits/{reviewed.LINE}"), **typed)
    assert shown.status == 422
    assert words in shown.text


async def test_what_venues_refuses_is_told_beside_the_form(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    refused = problem(409, "review_too_late", "到访后 90 天内可以评价。")
    peers.answers["POST", f"/v1{VENUE}/reviews"] = refused
    browser: Browser = await signed_in()
    page = await browser.get(f"/visits/{reviewed.LINE}")
    shown = await browser.send(page.form(f"/visits/{reviewed.LINE}"), rating="5", text="好")
    assert shown.status == 409
    assert "到访后 90 天内可以评价。" in shown.text


@pytest.mark.parametrize("path", ["/visits", f"/visits/{reviewed.LINE}"], ids=["list", "form"])
async def test_visits_are_for_those_who_signed_in(browser: Browser, path: str) -> None:
    shown = await browser.get(path)
    assert shown.status == 303
    assert shown.headers["Location"].startswith("/login")


async def test_a_visit_of_somebody_else_is_no_page(signed_in: Callable[..., Any]) -> None:
    browser: Browser = await signed_in()
    assert (await browser.get(f"/visits/{district.example_id(999)}")).status == 404


async def _picture(request: web.Request) -> web.Response:
    if request.path != f"/v1{FILE}":
        raise web.HTTPNotFound
    headers = {"ETag": '"tag"', "Cache-Control": "public, max-age=31536000, immutable"}
    return web.Response(body=b"RIFF", content_type="image/webp", headers=headers)


@pytest.fixture
async def behind_pictures(clock: FixedClock) -> AsyncIterator[Client]:
    """The pages in front of a venues service that has one picture."""
    peer = web.Application()
    peer.router.add_get("/{path:.*}", _picture)
    async with TestServer(peer) as server:
        app = build_app(settings_for(str(server.make_url("")).rstrip("/")), "all", clock=clock)
        async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
            yield client


async def test_a_picture_comes_from_the_pages_own_address_and_is_kept_for_ever(
    behind_pictures: Client,
) -> None:
    async with behind_pictures.get(FILE) as answer:
        assert await answer.read() == b"RIFF"
        assert answer.content_type == "image/webp"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
    async with behind_pictures.get(FILE, headers={"If-None-Match": '"tag"'}) as answer:
        assert answer.status == 304


@pytest.mark.parametrize(
    "path",
    [
        FILE.replace("640", "641"),
        FILE.replace("webp", "svg"),
        f"/photos/{reviewed.DIGEST}/..%2f..%2fv1%2fvenues",
        f"/photos/{'x' * 64}/640.webp",
    ],
    ids=["no_such_width", "no_such_format", "way_out", "no_digest"],
)
async def test_no_other_address_leads_to_the_services(behind_pictures: Client, path: str) -> None:
    async with behind_pictures.get(path) as answer:
        assert answer.status == 404

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.web.rendering import answers, environment
from services.web.rendering.assets import FOLDER, Assets
from shared.core.texts import Catalogue
from tests.web import district, reviewed
from tests.web.browser import Browser, Client, Shown
from tests.web.peers import Peers, problem

EVERYBODY: dict[str, Any] = {
    "roles": ["visitor", "office_director"],
    "organisations": [district.OURS],
}
MOST_BYTES = 60_000
ORDER = f"/orders/{district.example_id(500)}"
PAGES = (
    "/",
    "/?day=2026-11-29&adult=4&kind=stay",
    "/villages/jiaxi",
    f"/venues/{district.example_id(21)}",
    f"/offerings/{district.POTTERY}",
    f"/offerings/{district.CAMP}",
    "/plan",
    ORDER,
    f"{ORDER}/cancel",
    f"{ORDER}/cancel?line={district.example_id(601)}",
    f"{ORDER}/lines/{district.example_id(601)}/change?day=2026-11-28",
    f"{ORDER}/lines/{district.example_id(602)}/change?day=2026-11-28",
    f"/offerings/{district.POTTERY}/waitlist?adult=4",
    f"/waitlist/{district.example_id(800)}",
    f"/venues/{district.example_id(22)}",
    "/visits",
    f"/visits/{reviewed.LINE}",
    f"/visits/{reviewed.REVIEWED_LINE}",
    "/lookup",
    "/me?said=saved",
    "/me/contacts",
    "/me/data",
    "/me/data/erase",
    "/privacy",
    "/operator",
    "/operator/venues",
    "/gate",
    "/office",
    "/office/approvals",
    "/nowhere",
)
TEMPLATES = sorted(environment.FOLDER.rglob("*.html"))
# Keys that templates put together from a value.
MADE_KEYS = re.compile(r"\bt\(\s*[\"']([a-z_.]+)[\"']\s*~")
WHOLE_KEYS = re.compile(r"\bt\(\s*[\"']([a-z_.]+)[\"'](?!\s*~)")


def check(shown: Shown, language: str) -> None:
    """Check what holds for every page."""
    assert len(shown.text.encode()) < MOST_BYTES
    assert f'<html lang="{language}"' in shown.text
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", shown.text)
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    ids = re.findall(r'\sid="([^"]+)"', shown.text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'<label for="([^"]+)"', shown.text)) <= set(ids)
    assert all("alt=" in image for image in re.findall(r"<img[^>]*>", shown.text))
    assert all("width=" in image for image in re.findall(r"<img[^>]*>", shown.text))
    assert len(re.findall(r"<h1[ >]", shown.text)) == 1


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_every_page_is_whole_in_both_languages(
    signed_in: Callable[..., Any], language: str
) -> None:
    browser: Browser = await signed_in(**EVERYBODY)
    browser.headers["Accept-Language"] = language
    for path in PAGES:
        shown = await browser.get(path)
        assert shown.status == (404 if path == "/nowhere" else 200), path
        check(shown, language)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_login_pages_are_whole_in_both_languages(browser: Browser, language: str) -> None:
    browser.headers["Accept-Language"] = language
    page = await browser.get("/login?next=/plan")
    check(page, language)
    await browser.send(page.form("/login"), privacy="yes", of_age="yes", contact="lin@example.com")
    check(await browser.get("/login/code"), language)


@pytest.mark.parametrize("said", sorted(answers.SAYINGS))
def test_every_saying_has_its_words(said: str) -> None:
    assert Catalogue.load("shared.http", "services.web").has(f"said.{said}")


def test_no_template_asks_for_a_text_that_is_missing() -> None:
    catalogue = Catalogue.load("shared.http", "services.web")
    for path in TEMPLATES:
        text = path.read_text("utf-8")
        for key in WHOLE_KEYS.findall(text):
            assert catalogue.has(key), f"{path.name}: {key}"
        for start in MADE_KEYS.findall(text):
            assert any(key.startswith(start) for key in catalogue.keys("zh")), f"{path}: {start}"


def test_no_error_key_in_the_pages_code_is_missing() -> None:
    catalogue = Catalogue.load("shared.http", "services.web")
    pattern = r'"((?:plan|offering|login|me|lookup|waitlist|office|approvals)\.(?!html")[a-z_]+)"'
    web = Path(environment.FOLDER).parent
    for path in (*(web / "pages").glob("*.py"), web / "choosing.py"):
        for key in re.findall(pattern, path.read_text("utf-8")):
            assert catalogue.has(key), f"{path.name}: {key}"


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.svg")), ids=lambda path: path.stem)
def test_a_drawing_is_small_and_harmless(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text) < 9_000
    assert not re.search(r"<script|style=|<style|\son[a-z]+=|https?://(?!www\.w3\.org)", text)


async def test_static_files_are_kept_for_a_year_and_change_their_address(
    client: Client,
) -> None:
    address = Assets.load().address("site.css")
    async with client.get(address) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "--tea:" in await answer.text()
    async with client.get("/static/000000000000/site.css") as answer:
        assert answer.status == 404


async def test_texts_of_operators_stay_inert(browser: Browser, peers: Peers) -> None:
    evil = {"zh": "<script>alert(1)</script>\"'", "en": "<img src=x onerror=alert(1)>"}
    venue = {**district.VENUES[0], "name": evil, "summary": evil, "description": evil}
    peers.answers["GET", f"/v1/venues/{venue['venue_id']}"] = venue
    for language in ("zh-CN", "en"):
        browser.headers["Accept-Language"] = language
        shown = await browser.get(f"/venues/{venue['venue_id']}")
        assert "<script>" not in shown.text
        assert "<img src=x" not in shown.text


async def test_a_service_that_is_away_is_a_page_with_a_way_back(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["GET", "/v1/villages"] = 503, {}
    shown = await browser.get("/")
    assert shown.status == 503
    assert "Retry-After" in shown.headers
    assert "再试一次" in shown.text


async def test_what_a_service_refuses_unexpectedly_tells_no_details(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["GET", "/v1/villages"] = problem(400, "malformed", "secret detail")
    shown = await browser.get("/")
    assert shown.status == 500
    assert "secret" not in shown.text


async def test_ids_that_are_none_are_not_found(browser: Browser, peers: Peers) -> None:
    for path in ("/venues/x", "/offerings/../../v1/me", "/orders/1", "/villages/a%2Fb"):
        assert (await browser.get(path)).status in {303, 404}
    assert not [asked for asked in peers.asked if asked.path.startswith("/v1/me")]


async def test_the_inbox_is_passed_on_for_reading_only(client: Client, peers: Peers) -> None:
    peers.answers["GET", "/dev/inbox.json"] = {"items": []}
    async with client.get("/dev/inbox.json?to=lin@example.com") as answer:
        assert await answer.json() == {"items": []}
    assert peers.asked[-1].query == [("to", "lin@example.com")]
    async with client.delete("/dev/inbox.json") as answer:
        assert answer.status in {403, 405, 415}
    assert len(peers.asked) == 1


async def test_health_and_figures_are_served(client: Client) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        async with client.get(path) as answer:
            assert answer.status == 200

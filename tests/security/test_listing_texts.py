"""Whatever operators write is shown as words: by the APIs, and on every page under its policy."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final

import pytest

from deploy.local.postgres import EmbeddedPostgres
from tests.accounts.accounts_client import OFFICE_EMAIL
from tests.security.district import WEEK, open_venue, serve_pages, sign_in
from tests.security.platform import Platform, serve_platform
from tests.support.databases import clone
from tests.venues.stage import Json, Stage, both
from tests.web.browser import Browser
from tests.web.browser import Shown as Seen

EVIL: Final = (
    "<script>alert(1)</script><svg/onload=alert(2)><img src=x onerror=alert(3)>"
    "[me](javascript:alert(4))\"'>"
)
WORSE: Final = f"{EVIL}</title></textarea><style>*{{display:none}}</style><p style='color:red'>"
LISTING: Final = {
    **{name: both(EVIL, EVIL) for name in ("name", "summary", "address")},
    "description": both(WORSE, WORSE),
}
VILLAGE: Final = {"name": both(EVIL, EVIL), "story": both(WORSE, WORSE)}
POLICY: Final = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@dataclass
class Shown:
    """A platform, a hostile venue on show in a hostile village, and its workshop."""

    platform: Platform
    stage: Stage
    venue: Json
    offering: Json


@pytest.fixture(scope="module")
async def shown(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Shown]:
    async with clone(postgres, template) as database, serve_platform(database) as platform:
        yield Shown(platform, *await open_venue(platform, LISTING, **VILLAGE))


class Running(HTMLParser):
    """Reads a page as a browser does, and keeps what would run or change how it looks."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "iframe", "object", "embed", "base"}:
            self.running.append(tag)
        for name, value in attrs:
            leads = (value or "").strip().lower()
            if name.startswith("on") or name == "style" or leads.startswith("javascript:"):
                self.running.append(f"{tag} {name}={value}")


def test_what_would_run_is_found() -> None:
    for page in (EVIL, WORSE, "<a href=' JavaScript:x'>", "<svg><a onclick=x>"):
        found = Running()
        found.feed(page)
        assert found.running


def policy_of(page: Seen) -> dict[str, str]:
    stated = page.headers["Content-Security-Policy"].split(";")
    return {name: rest for name, _, rest in (one.strip().partition(" ") for one in stated)}


async def test_scripts_in_listings_stay_words_on_every_page(shown: Shown) -> None:
    paths = [
        "/",
        "/villages/seen",
        f"/venues/{shown.venue['venue_id']}",
        f"/offerings/{shown.offering['offering_id']}",
    ]
    async with serve_pages(shown.platform) as client:
        browser = Browser(client)
        for language in ("zh-CN", "en"):
            browser.headers["Accept-Language"] = language
            for path in paths:
                page = await browser.get(path)
                assert page.status == 200, path
                stays_words(page)


def stays_words(page: Seen) -> None:
    """See what was written, as words, under a policy that lets no script run."""
    assert "&lt;script&gt;alert(1)" in page.text
    found = Running()
    found.feed(page.text)
    assert found.running == []
    policy = policy_of(page)
    assert POLICY.items() <= policy.items()
    assert "script-src" not in policy
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_office_reads_a_hostile_draft_as_words_too(shown: Shown) -> None:
    stage, village = shown.stage, shown.venue["village"]["village_id"]
    draft = await stage.venue(village, **{**LISTING, "slug": "draft"})
    await stage.schedule(await stage.offering(draft), **WEEK)
    await stage.move(draft, "submissions")
    await shown.platform.accounts.sign_in(OFFICE_EMAIL)
    async with serve_pages(shown.platform) as client:
        browser = Browser(client)
        await sign_in(shown.platform, browser, OFFICE_EMAIL)
        page = await browser.get("/office/approvals")
        assert page.status == 200
        stays_words(page)


async def test_apis_hand_texts_out_as_data(shown: Shown) -> None:
    for path in (f"/v1/venues/{shown.venue['venue_id']}", "/v1/venues", "/v1/villages/seen"):
        async with shown.platform.clients["venues"].get(path) as answer:
            assert answer.status == 200
            assert answer.content_type == "application/json"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            # As it was written: who shows it says how it is shown.
            assert EVIL in _texts(await answer.json())


def _texts(value: Any) -> set[str]:
    match value:
        case str():
            return {value}
        case dict():
            return {text for inner in value.values() for text in _texts(inner)}
        case list():
            return {text for inner in value for text in _texts(inner)}
        case _:
            return set()

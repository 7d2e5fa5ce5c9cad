"""Each page at the width of a phone and of a desk, in both languages."""

from dataclasses import dataclass, field
from typing import Final

import pytest

from deploy.local.demo.api import Api
from tests.browser.conftest import DESK, PHONE, OpenScreen, People
from tests.browser.screen import Screen
from tests.browser.steps import CAMP, MASKED_NAME, NAME, WORKSHOP

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOBODY: Final = "00000000-0000-7000-8000-000000000000"


@dataclass
class Tour:
    """Goes from page to page; every page is looked at in Chinese, then in English."""

    screen: Screen
    who: str
    typed: str = ""
    seen: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def see(self, name: str, path: str, *, status: int = 200) -> None:
        screen = self.screen
        screen.expected = {status}
        response = await screen.page.goto(path)
        assert response is not None
        assert response.status == status, path
        self.faults += await screen.look(f"page-{self.who}-{name}-zh")
        await screen.press("header a[hreflang='en']")
        picture = f"page-{self.who}-{name}-en"
        self.faults += await screen.look(picture, language="en", typed=self.typed)
        await screen.press("header a[hreflang='zh']")
        self.seen.append(name)


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_every_page_of_a_visitor_is_well(
    width: int, open_screen: OpenScreen, people: People, api: Api
) -> None:
    listing = await api.call("venues", "GET", "/v1/venues", params={"limit": 100})
    places = {
        one["name"]["zh"]: (venue["venue_id"], one["offering_id"])
        for venue in listing["items"]
        for one in venue["offerings"]
    }
    slugs = {
        one["slug"]: one["offering_id"] for venue in listing["items"] for one in venue["offerings"]
    }
    stranger = Tour(await open_screen(width), "stranger")
    await stranger.see("home", "/")
    await stranger.see("nothing-found", "/?q=xyzzy")
    for slug in ("jiaxi", "xinlu", "yanhe", "chaiqiao-huashu"):
        await stranger.see(f"village-{slug}", f"/villages/{slug}")
    await stranger.see("venue", f"/venues/{places[WORKSHOP][0]}")
    await stranger.see("workshop", f"/offerings/{places[WORKSHOP][1]}")
    await stranger.see("camp", f"/offerings/{places[CAMP][1]}?child=1")
    await stranger.see("plan-empty", "/plan")
    for slug in ("cafe-tables", "market-day", "deck", "kiln-night"):
        await stranger.see(slug, f"/offerings/{slugs[slug]}?adult=2")
    await stranger.see("login", "/login")
    await stranger.see("login-by-passkey", "/login/passkey")
    await stranger.see("privacy", "/privacy")
    await stranger.see("lookup", "/lookup")
    await stranger.see("nothing-there", "/nowhere", status=404)
    await stranger.see("no-such-venue", f"/venues/{NOBODY}", status=404)

    visitor = Tour(await open_screen(width, state=people.visitor), "visitor", NAME)
    await visitor.see("plan", "/plan")
    await visitor.see("order", people.placed.path)
    await visitor.see("cancel", f"{people.placed.path}/cancel")
    change = visitor.screen.page.locator("a[href$='/change']").first
    await visitor.screen.go(people.placed.path)
    await visitor.see("change", await change.get_attribute("href") or "")
    await visitor.see("me", "/me")
    await visitor.see("security", "/me/security")
    await visitor.see("contacts", "/me/contacts")
    await visitor.see("my-data", "/me/data")
    await visitor.see("erase", "/me/data/erase")
    await visitor.see("second-factor-offered", "/me/security/setup")
    await visitor.see("new-passkey", "/me/security/passkeys/new")
    assert stranger.faults + visitor.faults == []
    assert len(stranger.seen + visitor.seen) == 31


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_every_page_of_operator_and_office_is_well(
    width: int, open_screen: OpenScreen, people: People
) -> None:
    operator = Tour(await open_screen(width, state=people.operator), "operator", MASKED_NAME)
    await operator.see("today", "/operator")
    await operator.see("venues", "/operator/venues")
    await operator.see("gate", "/gate")
    await operator.see("second-step", "/login/second")
    await operator.see("second-step-recovery", "/login/second?by=recovery")
    await operator.see("security", "/me/security")
    officer = Tour(await open_screen(width, state=people.officer), "office")
    await officer.see("figures", "/office")
    await officer.see("approvals", "/office/approvals")
    assert operator.faults + officer.faults == []
    assert len(operator.seen + officer.seen) == 8

"""What is closed says so above all else, in the visitor's language, and from when to when."""

from typing import Any

import pytest

from tests.web import district
from tests.web.browser import Browser
from tests.web.district import Json
from tests.web.peers import Peers

REASON = {"zh": "台风<b>将至</b>", "en": "A typhoon is coming"}


def closed(**other: Any) -> Json:
    return {
        "closure_id": district.TEA,
        "kinds": ["session", "stay", "table", "entry"],
        "offering_ids": [],
        "closed_from": "2020-01-01T00:00:00Z",
        "closed_until": "2031-01-02T04:00:00Z",
        "cause": "disaster",
        "reason": REASON,
        **other,
    }


@pytest.fixture
def venue_id() -> str:
    offering: Json = next(
        one for one in district.OFFERINGS.values() if one["offering_id"] == district.TEA
    )
    return str(offering["venue_id"])


def close(peers: Peers, venue_id: str, **other: Any) -> None:
    answer = {"items": [closed(**other)], "next": None}
    peers.answers["GET", f"/v1/venues/{venue_id}/closed-times"] = answer


async def test_a_closed_venue_says_so_and_why(
    browser: Browser, peers: Peers, venue_id: str
) -> None:
    close(peers, venue_id)
    for path in (f"/venues/{venue_id}", f"/offerings/{district.TEA}"):
        text = (await browser.get(path)).text
        assert "现已停业，至 1月2日 周四 12:00" in text
        # Whatever a reason says, it stays words.
        assert "台风&lt;b&gt;将至&lt;/b&gt;" in text


async def test_it_says_so_in_english(browser: Browser, peers: Peers, venue_id: str) -> None:
    close(peers, venue_id, closed_from="2030-12-31T16:00:00Z")
    browser.headers["Accept-Language"] = "en"
    shown = await browser.get(f"/venues/{venue_id}")
    assert "Closed from Wed 1 Jan 00:00 until Thu 2 Jan 12:00" in shown.text
    assert "A typhoon is coming" in shown.text


async def test_what_closes_something_else_is_not_said(
    browser: Browser, peers: Peers, venue_id: str
) -> None:
    close(peers, venue_id, kinds=["stay"])
    assert "停业" not in (await browser.get(f"/offerings/{district.TEA}")).text


async def test_an_open_venue_says_nothing_of_it_nor_when_nobody_knows(
    browser: Browser, peers: Peers, venue_id: str
) -> None:
    assert "停业" not in (await browser.get(f"/venues/{venue_id}")).text
    peers.answers["GET", f"/v1/venues/{venue_id}/closed-times"] = 503, {}
    shown = await browser.get(f"/venues/{venue_id}")
    assert (shown.status, "停业" in shown.text) == (200, False)

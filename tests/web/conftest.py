"""The real pages, in front of peers that speak the services' protocol."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

import pytest
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from services.web.app import build_app
from services.web.settings import WebSettings
from tests.web import district, examples
from tests.web.browser import Browser, Client
from tests.web.peers import Peers


class FixedClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.instant = district.NOW

    def now(self) -> datetime:
        return self.instant


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def peers() -> Peers:
    return Peers()


@pytest.fixture
async def peer_url(peers: Peers) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", peers.handle)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


def settings_for(peer_url: str) -> WebSettings:
    return WebSettings(
        accounts_url=peer_url,
        venues_url=peer_url,
        bookings_url=peer_url,
        statistics_url=peer_url,
        development_inbox_url=peer_url,
    )


@pytest.fixture
async def client(peer_url: str, clock: FixedClock) -> AsyncIterator[Client]:
    app = build_app(settings_for(peer_url), "all", clock=clock)
    async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


@pytest.fixture
def browser(client: Client) -> Browser:
    return Browser(client)


@pytest.fixture
def signed_in(browser: Browser, peers: Peers) -> Callable[..., object]:
    """Return what signs in a person with roles or organisations."""

    async def sign_in(**changes: object) -> Browser:
        peers.answers["POST", "/v1/sessions"] = 201, examples.session(**changes)
        await browser.sign_in()
        return browser

    return sign_in

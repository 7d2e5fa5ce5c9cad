import pytest
from aiohttp.test_utils import TestClient, TestServer

from services.web.app import build_app
from tests.web.browser import Browser, Client
from tests.web.conftest import FixedClock, settings_for
from tests.web.district import example_id
from tests.web.peers import Peers

ORDER = f"/orders/{example_id(500)}"
POSTS = (
    "/login",
    "/login/code",
    "/logout",
    "/plan/orders",
    "/plan/removals",
    f"{ORDER}/payments",
    f"{ORDER}/cancel",
    f"{ORDER}/lines/{ORDER[-36:]}/change",
    f"{ORDER}/lines/{ORDER[-36:]}/changes",
    f"/offerings/{ORDER[-36:]}/waitlist",
    f"/waitlist/{ORDER[-36:]}/refusals",
    f"/waitlist/{ORDER[-36:]}/withdrawals",
    "/lookup",
    "/me",
    "/gate",
    "/operator/check-ins",
    "/operator/venues/submissions",
    "/office/approvals",
    "/office/rejections",
)


@pytest.mark.parametrize("path", POSTS)
async def test_a_form_without_our_token_is_refused(client: Client, peers: Peers, path: str) -> None:
    async with client.post(path, data={"contact": "lin@example.com"}) as answer:
        assert answer.status == 403
        assert "页面放得太久了" in await answer.text()
    assert not peers.asked


async def test_a_form_from_another_site_is_refused_with_the_right_token(
    browser: Browser, peers: Peers
) -> None:
    form = (await browser.get("/login")).form("/login")
    for origin in ("https://evil.example", "null"):
        refused = await browser.send(form, {"Origin": origin}, contact="lin@example.com")
        assert refused.status == 403
    assert not peers.of("POST", "/v1/login-codes")


async def test_a_token_of_another_browser_is_refused(client: Client) -> None:
    browser = Browser(client)
    form = (await browser.get("/login")).form("/login")
    client.session.cookie_jar.clear()
    await browser.get("/login")
    assert (await browser.send(form, contact="lin@example.com")).status == 403


async def test_a_token_differs_on_each_page(browser: Browser) -> None:
    first, second = [(await browser.get("/login")).form("/login").values["csrf"] for _ in range(2)]
    assert first != second


async def test_only_forms_are_read(client: Client) -> None:
    async with client.post("/login", json={"contact": "lin@example.com"}) as answer:
        assert answer.status == 415
    async with client.post("/login", data={"contact": "x" * 70_000}) as answer:
        assert answer.status == 413


async def test_with_secure_cookies_they_are_bound_to_the_host(
    peer_url: str, clock: FixedClock
) -> None:
    settings = settings_for(peer_url).model_copy(update={"secure_cookies": True})
    app = build_app(settings, "all", clock=clock)
    async with TestClient(TestServer(app)) as client, client.get("/login") as answer:
        [header] = answer.headers.getall("Set-Cookie")
    assert header.startswith("__Host-xiangyou_browser=")
    assert "Secure" in header
    assert "HttpOnly" in header
    assert "Domain" not in header

"""Sessions: they rotate, they end everywhere at once, and their cookies and forms are our own."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.accounts.revocations import revoke_tokens
from services.bookings.app import build_app as build_bookings
from services.bookings.settings import BookingsSettings
from services.web.app import PAGES
from services.web.app import build_app as build_web
from services.web.settings import WebSettings
from shared.db import transaction
from shared.http import revocations
from shared.http.keys import VERIFIER
from tests.accounts.accounts_client import OFFICE_EMAIL, Accounts, Json
from tests.accounts.test_second_factors import claims
from tests.conftest import DatabaseUrl
from tests.web.peers import Peers

LIN = "lin@example.com"
ORDERS = "/v1/orders"
MINUTE = 60.0

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def bookings(accounts: Accounts, database_url: DatabaseUrl) -> AsyncIterator[Client]:
    """A service that knows accounts by its address only."""
    settings = BookingsSettings(
        database_url=SecretStr(database_url("bookings")),
        accounts_url=str(accounts.client.make_url("")),
        sandbox_url="",
    )
    async with TestClient(TestServer(build_bookings(settings, "api"))) as client:
        yield client


async def status_at(service: Client, session: Json) -> int:
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    async with service.get(ORDERS, headers=headers) as answer:
        return answer.status


async def heard(service: Client) -> None:
    """Let the service's next round of asking come now."""
    await service.app[VERIFIER].revocations.refresh()


async def test_session_id_and_tokens_are_new_at_each_sign_in_and_upgrade(
    accounts: Accounts,
) -> None:
    enrolled = await accounts.sign_in(OFFICE_EMAIL)
    upgraded = await accounts.show_second_factor(enrolled)
    visitor = await accounts.sign_in(LIN)
    sessions = [enrolled, upgraded, visitor]
    assert len({claims(one["access_token"])["sid"] for one in sessions}) == 3
    assert len({one["session_token"] for one in sessions}) == 3


async def test_signing_out_ends_the_access_token_at_the_other_services_too(
    accounts: Accounts, bookings: Client
) -> None:
    session, other = await accounts.sign_in(LIN), await accounts.sign_in("wu@example.com")
    # It was checked before, so it is remembered.
    assert await status_at(bookings, session) == 200
    await accounts.call("DELETE", "/v1/sessions/current", token=session["access_token"])
    await heard(bookings)
    assert await status_at(bookings, session) == 401
    assert await status_at(bookings, other) == 200


async def test_a_deactivated_person_is_out_of_every_service_within_a_minute(
    accounts: Accounts, bookings: Client
) -> None:
    office = await accounts.office_token()
    session = await accounts.sign_in(LIN)
    assert await status_at(bookings, session) == 200
    path = f"/v1/accounts/{session['account_id']}/deactivations"
    closed = await accounts.call("POST", path, {"reason": "冒用"}, token=office)
    assert closed.status == 201
    await heard(bookings)
    assert await status_at(bookings, session) == 401
    # Each round begins by itself, soon enough for three of them to fail in that minute.
    assert 3 * (revocations.LATEST_SECONDS + revocations.ANSWER_SECONDS) <= MINUTE


async def test_services_ask_by_themselves(
    accounts: Accounts, database_url: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocations, "SOONEST_SECONDS", 0.05)
    monkeypatch.setattr(revocations, "LATEST_SECONDS", 0.1)
    settings = BookingsSettings(
        database_url=SecretStr(database_url("bookings")),
        accounts_url=str(accounts.client.make_url("")),
        sandbox_url="",
    )
    async with TestClient(TestServer(build_bookings(settings, "api"))) as service:
        session = await accounts.sign_in(LIN)
        assert await status_at(service, session) == 200
        await accounts.call("DELETE", "/v1/sessions/current", token=session["access_token"])
        async with asyncio.timeout(10):
            while await status_at(service, session) != 401:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.05)


async def test_while_accounts_is_away_the_last_list_holds_and_nobody_else_is_out(
    accounts: Accounts, bookings: Client
) -> None:
    gone, here = await accounts.sign_in(LIN), await accounts.sign_in("wu@example.com")
    for session in (gone, here):
        assert await status_at(bookings, session) == 200
    await accounts.call("DELETE", "/v1/sessions/current", token=gone["access_token"])
    await heard(bookings)
    await accounts.client.server.close()
    await heard(bookings)
    assert await status_at(bookings, gone) == 401
    assert await status_at(bookings, here) == 200


async def test_rights_that_were_taken_away_end_with_the_tokens_of_before(
    accounts: Accounts, bookings: Client
) -> None:
    session = await accounts.sign_in(LIN)
    assert await status_at(bookings, session) == 200
    async with transaction(accounts.database) as conn:
        await revoke_tokens(conn, UUID(session["account_id"]))
    await heard(bookings)
    assert await status_at(bookings, session) == 401
    renewed = await accounts.renew(session["session_token"])
    assert renewed.status == 201
    assert await status_at(bookings, renewed.json) == 200


async def test_the_list_is_for_our_services_and_is_sent_once(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    office = await accounts.office_token()
    for token, status in ((None, 401), (session["access_token"], 403), (office, 403)):
        assert (await accounts.call("GET", "/v1/revocations", token=token)).status == status
    service = await accounts.service_token("venues")
    first = await accounts.call("GET", "/v1/revocations", token=service)
    known = {"If-None-Match": first.headers["ETag"]}
    again = await accounts.call("GET", "/v1/revocations", token=service, headers=known)
    assert (again.status, again.text) == (304, "")
    await accounts.call("DELETE", "/v1/sessions/current", token=session["access_token"])
    changed = await accounts.call("GET", "/v1/revocations", token=service, headers=known)
    assert changed.status == 200
    sid = claims(session["access_token"])["sid"]
    assert sid in {one["session_id"] for one in changed.json["sessions"]}
    # Ids and instants only.
    assert {frozenset(one) for one in changed.json["sessions"]} == {
        frozenset({"session_id", "revoked_at"})
    }


@pytest.fixture
async def peers_url() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", Peers().handle)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
async def pages(peers_url: str) -> AsyncIterator[Client]:
    """The pages as they are public: behind TLS, so with cookies for HTTPS only."""
    settings = WebSettings(
        accounts_url=peers_url,
        venues_url=peers_url,
        bookings_url=peers_url,
        statistics_url=peers_url,
        development_inbox_url="",
        secure_cookies=True,
    )
    async with TestClient(TestServer(build_web(settings, "all"))) as client:
        yield client


async def test_every_cookie_is_bound_to_this_host_and_out_of_reach(pages: Client) -> None:
    seen: list[str] = []
    for path in ("/login", "/language?to=en", "/me"):
        async with pages.get(path, allow_redirects=False) as answer:
            seen += answer.headers.getall("Set-Cookie", [])
    assert len(seen) >= 2
    for cookie in seen:
        name, *attributes = cookie.split("; ")
        assert name.startswith("__Host-xiangyou_")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
        assert not any(one.lower().startswith("domain") for one in attributes)


MUTATIONS = sorted({path for method, path, _ in PAGES if method == "POST"})


@pytest.mark.parametrize("path", MUTATIONS)
async def test_no_form_is_taken_from_elsewhere(pages: Client, path: str) -> None:
    """Each page that changes something, signing in included, asks for Origin and token."""
    address = path.replace("{", "").replace("}", "").split(":")[0]
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
        async with pages.post(
            address, data={"csrf": f"{'a' * 16}.{'0' * 64}"}, headers=headers, allow_redirects=False
        ) as answer:
            assert answer.status == 403

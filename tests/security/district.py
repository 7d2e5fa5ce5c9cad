"""A platform with a venue on show, orders at another, and pages in front: for who looks at it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from pyotp import TOTP

from services.venues.jobs.import_bundled_calendars import import_bundled_calendars
from services.web.app import build_app
from services.web.settings import WebSettings
from shared.core.clock import SystemClock
from shared.db import acquire
from shared.http.keys import DATABASE
from tests.accounts.accounts_client import AUTHENTICATORS, Json
from tests.bookings.village import NEXT_WEEK, OPERATOR
from tests.security.platform import Platform
from tests.venues.stage import Stage, StandingClock, session_body
from tests.web.browser import Browser, Shown

NEWEST_SESSION: Final = "select account_id::text from sessions order by id desc limit 1"
WEEK: Final = {"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": str(NEXT_WEEK), "until": str(NEXT_WEEK)}


async def open_venue(platform: Platform, body: Json, **other: Any) -> tuple[Stage, Json, Json]:
    """Publish a venue of the operator's with one workshop, as people do it; return both."""
    client = platform.clients["venues"]
    clock = StandingClock()
    clock.instant = SystemClock().now()
    stage = Stage(client, client.app[DATABASE], clock, platform.tokens, OPERATOR)
    await import_bundled_calendars(client.app)
    village = await stage.village(**{"slug": "seen", **other})
    venue = await stage.venue(village["village_id"], **body)
    offering = await stage.offering(venue, session_body(**_of_offering(body)))
    await stage.schedule(offering, **WEEK)
    await stage.move(venue, "submissions")
    return stage, await stage.move(venue, "approvals", stage.office), offering


def _of_offering(body: Json) -> Json:
    return {name: body[name] for name in ("name", "description") if name in body}


@asynccontextmanager
async def serve_pages(platform: Platform) -> AsyncIterator["TestClient[Any, Any]"]:
    """Serve the pages in front of a platform, without cookies of anybody."""
    urls: dict[str, Any] = {
        f"{name}_url": str(platform.clients[name].make_url("")).rstrip("/")
        for name in ("accounts", "venues", "bookings", "statistics")
    }
    app = build_app(WebSettings(**urls, development_inbox_url=""), "all")
    async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
        yield client


async def sign_in(platform: Platform, browser: Browser, address: str) -> Shown:
    """Sign in through the pages, with the second factor where the account has one."""
    async with acquire(platform.accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
        await conn.execute("update authenticators set last_step = 0")
    form = (await browser.get("/login")).form("/login")
    await browser.send(form, privacy="yes", of_age="yes", contact=address)
    form = (await browser.get("/login/code")).form("/login/code")
    code = platform.accounts.notifications.code_for(address)
    shown = await browser.send(form, code=code)
    assert shown.status == 303, shown.text
    if "/login/second" not in shown.headers["Location"]:
        return shown
    async with acquire(platform.accounts.database) as conn:
        account = await conn.fetchval(NEWEST_SESSION)
    form = (await browser.get("/login/second")).form("/login/second")
    shown = await browser.send(form, code=TOTP(AUTHENTICATORS[account]).now())
    assert shown.status == 303, shown.text
    return shown

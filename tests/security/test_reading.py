"""Nothing changes by being looked at, so that no link and no picture of a stranger's does harm."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import asyncpg
import pytest

from deploy.generate.api_documents import SERVICES, routes_of_all
from deploy.local.postgres import EmbeddedPostgres
from services.web.app import PAGES
from shared.core.ids import new_id
from tests.accounts.accounts_client import OFFICE_EMAIL, Json
from tests.bookings.life.stage import Life, line_of
from tests.bookings.village import NEXT_WEEK, OPERATOR, VENUE, pottery
from tests.security.district import open_venue, serve_pages, sign_in
from tests.security.everything import address_of, hashes_of_tables
from tests.security.platform import Platform, serve_platform
from tests.support.databases import clone
from tests.support.tokens import TokenMaker
from tests.web.browser import Browser

NOBODY: Final = ""
LIN: Final = "lin@example.com"
WANG: Final = "wang@example.com"
DAYS: Final = f"from={NEXT_WEEK}&to={NEXT_WEEK + timedelta(days=2)}"
MONTH: Final = f"month={NEXT_WEEK:%Y-%m}"
QUERIES: Final = {
    "/v1/visits": DAYS,
    "/v1/offerings/{offering_id}/slots": DAYS,
    "/v1/venues/{venue_id}/scan-conflicts": f"day={NEXT_WEEK}",
    "/v1/venues/{venue_id}/arrivals": f"date={NEXT_WEEK}",
    "/v1/organisations/{organisation_id}/statement": MONTH,
    "/v1/organisations/{organisation_id}/statement/orders": MONTH,
    "/v1/organisations/{organisation_id}/statement.csv": MONTH,
    "/v1/calendar": "year=2026",
}
# Whose reading is written down, each in tables that nothing is read from but by who asks.
RECORDED: Final = {
    "GET /v1/me/export",
    "GET /v1/accounts/{account_id}/contact",
    "GET /v1/organisations/{organisation_id}/contacts",
}
RECORDS: Final = {
    *("accounts.personal_data_reads", "accounts.personal_data_exports"),
    *("accounts.outbox", "accounts.audit_entries"),
}
# A page that asks for a passkey comes with a number that is used once, as each form does.
CHALLENGES: Final = {"accounts.passkey_challenges"}
# Pages that lead on, or show what is not there.
UNSEEN: Final = {
    *("/language", "/login/code", "/login/second", "/me/security/authenticator"),
    *("/me/contacts/code", "/visits/{line_id}", "/waitlist/{entry_id}", "/static/{path:.+}"),
    "/orders/{order_id}/lines/{line_id}/change",
    "/orders/{order_id}/payments/{payment_id}.svg",
    r"/photos/{digest:[0-9a-f]{64}}/{name:[0-9]{1,4}\.(?:avif|webp|jpeg)}",
}
# What is not there to be looked at: nobody waits, closes, reviews or sends pictures here.
NOT_THERE: Final = {
    "GET /v1/closures/{closure_id}",
    "GET /v1/closures/{closure_id}/progress",
    "GET /v1/closures/{closure_id}/notices/{account_id}",
    "GET /v1/waitlist-entries/{entry_id}",
    "GET /v1/calendar-imports/{import_id}",
    "GET /v1/licences/{licence_id}/document",
    "GET /v1/photos/{digest}/{width}.{format}",
    "GET /v1/reviews/{review_id}",
    "GET /v1/reviews/{review_id}/trace",
}


@dataclass
class Settled:
    """A platform with something of everything, the ids of it by service, and who looks."""

    platform: Platform
    ids: Mapping[str, Json]
    people: list[dict[str, str]]


@pytest.fixture(scope="module")
async def settled(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Settled]:
    async with clone(postgres, template) as database, serve_platform(database) as platform:
        yield await settle(platform)


async def settle(platform: Platform) -> Settled:
    """Let something of everything be there."""
    visitor = await platform.accounts.sign_in(LIN)
    owner, organisation = await platform.accounts.register(await platform.accounts.sign_in(WANG))
    office = await platform.accounts.sign_in(OFFICE_EMAIL)
    order = await Life(platform.bookings).paid(pottery(), token=visitor["access_token"])
    stage, venue, offering = await open_venue(platform, {})
    people = {"account_id": visitor["account_id"], "year": "2026"}
    ids = {
        "accounts": {**people, "organisation_id": organisation},
        "venues": {
            **people,
            "venue_id": venue["venue_id"],
            "offering_id": offering["offering_id"],
            "village": venue["village"]["village_id"],
            "district_id": str(await platform.run("select district_id from venues.districts")),
        },
        "bookings": {
            **people,
            "order_id": order["order_id"],
            "line_id": line_of(order),
            "venue_id": str(VENUE),
            "organisation_id": str(OPERATOR),
        },
        "notifications": people,
        "statistics": people,
    }
    tokens = [
        visitor["access_token"],
        owner,
        office["access_token"],
        stage.operator,
        *(platform.tokens.service(name) for name in (*SERVICES, "web")),
    ]
    await platform.wires.deliver()
    return Settled(platform, ids, [{}, *(TokenMaker.header(token) for token in tokens)])


async def look(settled: Settled, *, recorded: bool) -> set[str]:
    """Ask every route that reads, as everybody; return those that nobody was answered by."""
    unanswered, ids = set(), settled.ids
    for service, routes in routes_of_all():
        for route in routes:
            name = f"{route.method} {route.path.split(':')[0]}"
            if route.method != "GET" or (name in RECORDED) != recorded:
                continue
            address = address_of(route.path, ids[service])
            query = _query(service, route.path, ids)
            statuses = [
                await _get(settled.platform, service, f"{address}?{query}", headers)
                for headers in settled.people
            ]
            if not {200, 304} & set(statuses):
                unanswered.add(f"{route.method} {route.path}")
    return unanswered


def _query(service: str, path: str, ids: Mapping[str, Json]) -> str:
    if path == "/v1/availability":
        return f"offering={ids['venues']['offering_id']}&{DAYS}"
    if path == "/v1/api-keys":
        return f"organisation={ids['accounts']['organisation_id']}"
    if path == "/v1/deliveries":
        return f"order_id={ids['bookings']['order_id']}"
    if path == "/v1/venues/{venue_id}/orders":
        return f"day={NEXT_WEEK}"
    return QUERIES.get(path, "") if service else ""


async def _get(platform: Platform, service: str, address: str, headers: dict[str, str]) -> int:
    asked = {**headers, "X-Read-Reason": "order.confirmed"}
    async with platform.clients[service].get(address.rstrip("?"), headers=asked) as answer:
        await answer.read()
        return answer.status


async def rows(platform: Platform) -> dict[str, str]:
    conn = await asyncpg.connect(platform.database.owner_url)
    try:
        return await hashes_of_tables(conn)
    finally:
        await conn.close()


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {table for table in after if before[table] != after[table]}


async def test_no_api_changes_anything_by_being_read(settled: Settled) -> None:
    before = await rows(settled.platform)
    unanswered = await look(settled, recorded=False)
    assert changed(before, await rows(settled.platform)) == set()
    # All of it was really read.
    assert unanswered == NOT_THERE
    await look(settled, recorded=True)
    recorded = changed(before, await rows(settled.platform))
    assert recorded <= RECORDS
    assert "accounts.personal_data_reads" in recorded


async def test_nothing_changes_by_being_looked_at(settled: Settled) -> None:
    """Every page, for nobody, a visitor with an order, an operator and the office."""
    platform, ids = settled.platform, settled.ids
    known: dict[str, Any] = {**ids["venues"], **ids["bookings"], "slug": "seen"}
    known["venue_id"] = ids["venues"]["venue_id"]
    async with AsyncExitStack() as stack:
        browsers = {}
        for who in (NOBODY, LIN, WANG, OFFICE_EMAIL):
            browser = Browser(await stack.enter_async_context(serve_pages(platform)))
            if who != NOBODY:
                await sign_in(platform, browser, who)
            browsers[who] = browser
        before = await rows(platform)
        seen = set()
        for method, path, _handler in PAGES:
            if method != "GET":
                continue
            for who in (NOBODY, _reader_of(path)):
                shown = await browsers[who].get(_page(path, known))
                assert shown.status < 500, path
                if shown.status == 200:
                    seen.add(path)
        assert changed(before, await rows(platform)) <= CHALLENGES
    assert {path for method, path, _ in PAGES if method == "GET"} - seen == UNSEEN


def _reader_of(path: str) -> str:
    if path.startswith("/office"):
        return OFFICE_EMAIL
    return WANG if path.startswith(("/operator", "/gate")) else LIN


def _page(path: str, known: Mapping[str, Any]) -> str:
    """Return the address of a page; what has a pattern in it is a picture that is not there."""
    digest = "0" * 64
    path = path.replace(r"{name:[0-9]{1,4}\.(?:avif|webp|jpeg)}", "480.webp")
    path = path.replace("{digest:[0-9a-f]{64}}", digest).replace("{path:.+}", "x/site.css")
    path = path.replace("{ordinal:[0-9]{1,4}}", "1")
    values = {name: str(value) for name, value in known.items()}
    return address_of(path, {"payment_id": str(new_id()), **values})

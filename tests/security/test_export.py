"""People take away everything that is held about them, and only they do."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.accounts.accounts_client import Json
from tests.bookings.village import pottery
from tests.conftest import MakeDatabase
from tests.security.platform import SERVICES, Platform, serve_platform

EMAIL = "yutong.qian@example.com"
GUEST = "<script>alert(1)</script>"
PHONE = "+8613911112222"


@pytest.fixture
async def platform(make_database: MakeDatabase) -> AsyncIterator[Platform]:
    async with serve_platform(await make_database()) as running:
        yield running


async def take_away(platform: Platform, session: Json) -> zipfile.ZipFile:
    async with platform.clients["accounts"].get(
        "/v1/me/export", headers={"Authorization": f"Bearer {session['access_token']}"}
    ) as response:
        packed = await response.read()
        assert response.status == 200, packed
        assert response.content_type == "application/zip"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    return zipfile.ZipFile(io.BytesIO(packed))


def sections_of(archive: zipfile.ZipFile) -> dict[str, list[Any]]:
    document = json.loads(archive.read("data.json"))
    assert {data["service"] for data in document["services"]} == set(SERVICES)
    return {
        f"{data['service']}.{section['name']}": section["items"]
        for data in document["services"]
        for section in data["sections"]
    }


async def booked(platform: Platform) -> Json:
    session = await platform.accounts.sign_in(EMAIL)
    placed = await platform.bookings.order(
        pottery(adult=1),
        token=session["access_token"],
        contact={"name": GUEST, "phone": PHONE},
    )
    assert placed.status == 201, placed.json
    await platform.wires.deliver()
    return session


async def test_the_archive_holds_what_every_service_knows(platform: Platform) -> None:
    session = await booked(platform)
    archive = await take_away(platform, session)
    assert sorted(archive.namelist()) == ["data.json", "index.html"]
    sections = sections_of(archive)
    assert sections["accounts.account"][0]["email"] == EMAIL
    [order] = sections["bookings.orders"]
    assert (order["contact_name"], order["contact_phone"]) == (GUEST, PHONE)
    assert sections["bookings.order_lines"][0]["order_id"] == order["order_id"]
    assert "contact_sealed" not in order
    assert sections["accounts.sessions"]


async def test_the_readable_page_runs_nothing_and_speaks_both_languages(
    platform: Platform,
) -> None:
    page = (await take_away(platform, await booked(platform))).read("index.html").decode()
    assert GUEST not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "我在乡游的全部信息" in page
    assert "Everything that Xiangyou holds about me" in page


async def test_who_read_my_data_and_why_is_part_of_it(platform: Platform) -> None:
    session = await booked(platform)
    token = await platform.accounts.service_token("notifications")
    path = f"/v1/accounts/{session['account_id']}/contact"
    read = await platform.accounts.call(
        "GET", path, token=token, headers={"X-Read-Reason": "order.confirmed"}
    )
    assert read.status == 200
    reads = sections_of(await take_away(platform, session))["accounts.reads_of_my_data"]
    assert [(one["reader"], one["reason"]) for one in reads] == [
        ("service:notifications", "order.confirmed")
    ]


@pytest.mark.parametrize("away", ["bookings", "venues", "notifications", "statistics"])
async def test_while_a_service_is_away_nothing_half_is_given(platform: Platform, away: str) -> None:
    session = await platform.accounts.sign_in(EMAIL)
    await platform.clients[away].close()
    answer = await platform.accounts.call("GET", "/v1/me/export", token=session["access_token"])
    assert (answer.status, answer.code) == (503, "temporarily_unavailable")
    # What was not given does not count.
    assert await platform.run("select count(*) from accounts.personal_data_exports") == 0


async def test_an_export_is_recorded_and_limited(platform: Platform) -> None:
    session = await platform.accounts.sign_in(EMAIL)
    for _ in range(5):
        await take_away(platform, session)
    refused = await platform.accounts.call("GET", "/v1/me/export", token=session["access_token"])
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert 86_000 < int(refused.headers["Retry-After"]) <= 86_400
    await platform.wires.deliver()
    recorded = "select count(*) from accounts.audit_entries where action = 'person_data.exported'"
    assert await platform.run(recorded) == 5
    await platform.run(
        "update accounts.personal_data_exports set made_at = now() - interval '25 hours'"
    )
    await take_away(platform, session)


async def test_of_seven_exports_at_once_five_are_given(platform: Platform) -> None:
    token = (await platform.accounts.sign_in(EMAIL))["access_token"]

    async def ask() -> int:
        headers = {"Authorization": f"Bearer {token}"}
        async with platform.clients["accounts"].get("/v1/me/export", headers=headers) as answer:
            return answer.status

    statuses = await asyncio.gather(*(ask() for _ in range(7)))
    assert sorted(statuses) == [200] * 5 + [429] * 2


async def test_nobody_sees_anybody_elses(platform: Platform) -> None:
    await booked(platform)
    other = await platform.accounts.sign_in("wang@example.com")
    sections = sections_of(await take_away(platform, other))
    assert sections["bookings.orders"] == []
    assert EMAIL not in json.dumps(sections)
    assert (await platform.accounts.call("GET", "/v1/me/export")).status == 401


@pytest.mark.parametrize("service", ["bookings", "venues", "notifications", "statistics"])
async def test_only_accounts_asks_a_service_what_it_holds(platform: Platform, service: str) -> None:
    session = await platform.accounts.sign_in(EMAIL)
    client, path = platform.clients[service], f"/v1/people/{session['account_id']}/data"
    asking = {
        None: 401,
        session["access_token"]: 403,
        await platform.accounts.service_token("web"): 403,
    }
    for token, status in asking.items():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with client.get(path, headers=headers) as response:
            assert response.status == status

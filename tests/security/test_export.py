"""People take away everything that is held about them, and only they do."""

import asyncio
import io
import json
import re
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


async def test_what_one_has_set_up_and_done_is_part_of_it(platform: Platform) -> None:
    accounts = platform.accounts
    session = await accounts.sign_in(EMAIL)
    token, organisation = await accounts.register(session)
    key = await accounts.call(
        "POST",
        "/v1/api-keys",
        {"organisation_id": organisation, "name": "till", "scopes": ["venue.read"]},
        token=token,
    )
    assert key.status == 201, key.text
    await platform.wires.deliver()
    sections = sections_of(await take_away(platform, {"access_token": token}))
    assert [one["organisation_id"] for one in sections["accounts.organisations"]] == [organisation]
    [shown] = sections["accounts.api_keys"]
    assert (shown["name"], shown["scopes"]) == ("till", ["venue.read"])
    assert key.json["key"] not in json.dumps(sections)
    assert len(sections["accounts.authenticator"]) == 1
    assert len(sections["accounts.recovery_codes"]) == 10
    assert [one["channel"] for one in sections["accounts.contacts"]] == ["email"]
    assert "api_key.made" in {one["action"] for one in sections["accounts.audit_entries"]}
    # What is secret or sealed is in no section.
    names = {name for items in sections.values() for item in items for name in item}
    assert not [name for name in names if re.search("hash|secret|sealed|index", name)]


async def test_what_one_does_at_work_is_part_of_it_without_its_guests(platform: Platform) -> None:
    await booked(platform)
    order_id = await platform.run("select order_id from bookings.order_lines")
    line_id = await platform.run("select line_id from bookings.order_lines")
    staff = await platform.accounts.sign_in("staff@example.com")
    account = staff["account_id"]
    await platform.run(
        "insert into bookings.cash_receipts"
        " (receipt_id, order_id, line_id, organisation_id, amount_fen, received_by)"
        " values (gen_random_uuid(), $1, $2, gen_random_uuid(), 100, $3::text::uuid)",
        order_id,
        line_id,
        account,
    )
    await platform.run(
        "insert into bookings.line_cancellations"
        " (line_id, order_id, cause, reason, refund_fen, fee_fen, cancelled_by)"
        " values ($1, $2, 'operator', '孩子病了', 0, 0, $3::text::uuid)",
        line_id,
        order_id,
        account,
    )
    sections = sections_of(await take_away(platform, staff))
    assert [one["by_me"] for one in sections["bookings.cash_receipts"]] == [True]
    [cancelled] = sections["bookings.line_cancellations"]
    assert (cancelled["by_me"], cancelled["reason"]) == (True, None)
    guest = sections_of(await take_away(platform, await again(platform)))
    [cancelled] = guest["bookings.line_cancellations"]
    assert (cancelled["by_me"], cancelled["reason"]) == (False, "孩子病了")
    assert [one["amount_fen"] for one in guest["bookings.cash_receipts"]] == [100]


async def again(platform: Platform) -> Json:
    await platform.run("delete from accounts.login_code_sends")
    return await platform.accounts.sign_in(EMAIL)


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

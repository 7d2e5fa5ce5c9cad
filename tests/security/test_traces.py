"""What is left behind of a visit holds no code, no token, and nobody's full number or name."""

from collections.abc import AsyncIterator

import pytest

from tests.accounts.accounts_client import contact
from tests.bookings.village import VENUE, pottery
from tests.conftest import MakeDatabase
from tests.security.platform import Platform, serve_platform

PHONE, GUEST = "+8613911112222", "钱大海"
EVENTS = """
select string_agg(payload::text, ' ')
from (
    select payload from accounts.outbox
    union all select payload from bookings.outbox
    union all select payload from notifications.outbox
    union all select payload from venues.outbox
) as told
"""


@pytest.fixture
async def platform(make_database: MakeDatabase) -> AsyncIterator[Platform]:
    async with serve_platform(await make_database()) as running:
        yield running


async def test_logs_events_errors_and_tables_hold_no_secret_and_nobody(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts = platform.accounts
    code = await accounts.ask_code(PHONE)
    wrong = await accounts.try_code(PHONE, "000000" if code != "000000" else "111111")
    again = await accounts.call("POST", "/v1/login-codes", contact(PHONE))
    session = (await accounts.try_code(PHONE, code)).json
    token = session["access_token"]
    order = pottery(adult=1)
    guest = {"name": GUEST, "phone": PHONE}
    placed = await platform.bookings.order(order, token=token, contact=guest)
    unknown = await platform.bookings.order(
        order, token=token, contact={**guest, "phone": PHONE + "0" * 12}
    )
    stranger = await platform.bookings.call(
        "GET", f"/v1/venues/{VENUE}/arrivals?date=2026-01-01", token=token
    )
    export = await platform.clients["accounts"].get(
        "/v1/me/export", headers={"Authorization": f"Bearer {token}"}
    )
    assert (placed.status, wrong.status, again.status) == (201, 422, 429)
    assert (unknown.status, stranger.status, export.status) == (422, 403, 200)
    await platform.wires.deliver()
    shown = capsys.readouterr()
    events = await platform.run(EVENTS)
    errors = [wrong.text, again.text, str(unknown.json), str(stranger.json)]
    for secret in (PHONE, PHONE[3:], GUEST, token, session["session_token"], code):
        for place, text in (("logs", shown.out + shown.err), ("events", events)):
            assert secret not in text, f"{secret} in {place}"
        if secret != code:
            assert not any(secret in error for error in errors)
    # Six digits are found by chance in a hash; everything else must be nowhere.
    secrets = (PHONE, PHONE[3:], GUEST, token, session["session_token"])
    assert await platform.rows_with(*secrets) == []


async def test_exports_and_reads_of_personal_data_are_recorded(platform: Platform) -> None:
    session = await platform.accounts.sign_in(PHONE)
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    async with platform.clients["accounts"].get("/v1/me/export", headers=headers) as export:
        assert export.status == 200
    token = await platform.accounts.service_token("bookings")
    await platform.accounts.call(
        "GET",
        f"/v1/accounts/{session['account_id']}/contact",
        token=token,
        headers={"X-Read-Reason": "order.confirmed"},
    )
    await platform.wires.deliver()
    recorded = "select count(*) from accounts.audit_entries where action = 'person_data.exported'"
    assert await platform.run(recorded) == 1
    assert await platform.run("select reader from accounts.personal_data_reads") == (
        "service:bookings"
    )


async def test_the_audit_log_names_accounts_and_nobody(platform: Platform) -> None:
    session = await platform.accounts.sign_in(PHONE)
    erased = await platform.accounts.call(
        "DELETE", "/v1/me?confirmation=erase", token=session["access_token"]
    )
    assert erased.status == 204
    await platform.wires.deliver()
    entry = await platform.run("select audit_entries::text from accounts.audit_entries")
    assert session["account_id"] in entry
    assert PHONE[3:] not in entry

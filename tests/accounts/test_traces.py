from structlog.testing import capture_logs

from shared.db import acquire
from tests.accounts.accounts_client import SECRET, Accounts

LIN = "lin.xiaoman@example.com"
PHONE = "+8613800138000"


async def test_logs_and_events_hold_no_person_no_code_and_no_token(accounts: Accounts) -> None:
    with capture_logs() as lines:
        session = await accounts.sign_in(LIN)
        code = accounts.notifications.code_for(LIN)
        phone = await accounts.sign_in(PHONE)
        await accounts.try_code(LIN, code)
        await accounts.call("PATCH", "/v1/me", {"name": "林小满"}, token=session["access_token"])
        renewed = (await accounts.renew(session["session_token"])).json
        service = await accounts.service_token("bookings")
        await accounts.call(
            "GET",
            f"/v1/accounts/{session['account_id']}/contact",
            token=service,
            headers={"X-Read-Reason": "test"},
        )
        accounts.notifications.status = 422
        await accounts.call("POST", "/v1/login-codes", {"email": f"other.{LIN}"})
        await accounts.call("DELETE", "/v1/sessions/current", token=phone["access_token"])
    async with acquire(accounts.database) as conn:
        events = [dict(row) for row in await conn.fetch("select * from outbox")]
    assert len(events) == 2
    assert any(line["event"] == "session.started" for line in lines)
    written = repr(lines) + repr(events)
    codes = [str(message["code"]) for message in accounts.notifications.messages]
    secrets = [
        "xiaoman",
        "example.com",
        PHONE[3:],
        "林小满",
        SECRET,
        service,
        *(f"'{one}'" for one in codes),
        *(one["access_token"] for one in (session, phone, renewed)),
        *(one["session_token"] for one in (session, phone, renewed)),
    ]
    assert [secret for secret in secrets if secret in written] == []

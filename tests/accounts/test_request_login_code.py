import asyncio
from datetime import datetime, timedelta

from services.accounts.domain.contacts import email_contact
from services.accounts.keys import CONTACTS
from shared.db import Database, acquire
from tests.accounts.accounts_client import Accounts, Answer, contact, serve_accounts
from tests.conftest import DatabaseUrl

LIN = "lin@example.com"
PHONE = "+8613800138000"


async def ask(accounts: Accounts, address: str, **headers: str) -> Answer:
    return await accounts.call("POST", "/v1/login-codes", contact(address), headers=headers)


async def let_half_a_minute_pass(database: Database) -> None:
    async with acquire(database) as conn:
        await conn.execute(
            "update login_codes set sent_at = sent_at - interval '31 seconds',"
            " expires_at = expires_at - interval '31 seconds'"
        )
        await conn.execute(
            "update login_code_sends set next_send_at = next_send_at - interval '31 seconds'"
        )


async def test_a_code_of_six_digits_goes_out_by_mail(accounts: Accounts) -> None:
    answer = await ask(accounts, LIN)
    assert answer.status == 202
    assert answer.json.keys() == {"attempt", "expires_at", "resend_after_seconds"}
    assert answer.json["resend_after_seconds"] == 30
    left = datetime.fromisoformat(answer.json["expires_at"]) - datetime.now().astimezone()
    assert timedelta(minutes=4, seconds=50) < left <= timedelta(minutes=5, seconds=1)
    (message,) = accounts.notifications.messages
    code = message.pop("code")
    assert len(code) == 6
    assert code.isdigit()
    assert message == {
        "channel": "email",
        "address": LIN,
        "language": "zh",
        "expires_in_seconds": 300,
    }


async def test_a_phone_gets_its_code_by_text_message(accounts: Accounts) -> None:
    assert (await ask(accounts, "138 0013 8000")).status == 202
    (message,) = accounts.notifications.messages
    assert (message["channel"], message["address"]) == ("sms", PHONE)


async def test_the_message_is_in_the_language_that_was_asked_for(accounts: Accounts) -> None:
    await ask(accounts, LIN, **{"Accept-Language": "en-GB,en;q=0.9"})
    await accounts.ask_code("wu@example.com", language="en")
    assert [one["language"] for one in accounts.notifications.messages] == ["en", "en"]


async def test_accounts_calls_notifications_with_a_token_of_its_own(accounts: Accounts) -> None:
    await ask(accounts, LIN)
    scheme, _, token = accounts.notifications.authorizations[0].partition(" ")
    assert scheme == "Bearer"
    # A service is no person: the token is good, and not good for this.
    assert (await accounts.call("GET", "/v1/me", token=token)).status == 403


async def test_known_and_unknown_contacts_are_answered_alike(accounts: Accounts) -> None:
    await accounts.sign_in(LIN)
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
    known, unknown = await ask(accounts, LIN), await ask(accounts, "nobody@example.com")
    assert (known.status, known.json.keys()) == (unknown.status, unknown.json.keys())
    limited = [(await ask(accounts, address)) for address in (LIN, "nobody@example.com")]
    assert limited[0].status == limited[1].status == 429
    assert limited[0].code == limited[1].code


async def test_a_second_code_within_half_a_minute_is_refused(accounts: Accounts) -> None:
    await ask(accounts, LIN)
    answer = await ask(accounts, "LIN@example.com")
    assert (answer.status, answer.code) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 30
    assert answer.json["retry_after_seconds"] == int(answer.headers["Retry-After"])
    assert len(accounts.notifications.messages) == 1


async def test_of_twenty_requests_at_once_one_code_is_sent(accounts: Accounts) -> None:
    answers = await asyncio.gather(*(ask(accounts, LIN) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [202] + [429] * 19
    assert len(accounts.notifications.messages) == 1


async def test_twenty_codes_a_day_go_to_one_contact(accounts: Accounts) -> None:
    for _ in range(20):
        assert (await ask(accounts, LIN)).status == 202
        await let_half_a_minute_pass(accounts.database)
    answer = await ask(accounts, LIN)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 80_000
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update login_code_sends set window_started_at = window_started_at - interval '1 day'"
        )
    assert (await ask(accounts, LIN)).status == 202


async def test_without_an_attempt_only_the_newest_code_counts(accounts: Accounts) -> None:
    first = await accounts.ask_code(LIN)
    await let_half_a_minute_pass(accounts.database)
    second = await accounts.ask_code(LIN)
    if first != second:
        assert (await accounts.try_code(LIN, first)).code == "login_code_not_accepted"
    assert (await accounts.try_code(LIN, second)).status == 201


async def test_a_code_that_could_not_be_sent_is_void_and_not_counted(accounts: Accounts) -> None:
    for status in (500, 422):
        accounts.notifications.status = status
        answer = await ask(accounts, LIN)
        assert (answer.status, answer.code) == (503, "temporarily_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        code = accounts.notifications.code_for(LIN)
        assert (await accounts.try_code(LIN, code)).code == "login_code_not_accepted"
    accounts.notifications.status = 202
    assert (await ask(accounts, LIN)).status == 202
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select sends_in_window from login_code_sends") == 1


async def test_notifications_being_away_is_said_as_such(
    accounts: Accounts, database_url: DatabaseUrl
) -> None:
    accounts.notifications.url = "http://127.0.0.1:9"
    url = database_url("accounts")
    async with serve_accounts(accounts.notifications, database_url=url) as alone:
        answer = await ask(alone, LIN)
    assert (answer.status, answer.code) == (503, "temporarily_unavailable")


async def test_no_connection_is_held_while_the_message_is_handed_over(
    accounts: Accounts, database_url: DatabaseUrl
) -> None:
    accounts.notifications.delay = 0.5
    url = database_url("accounts")
    async with serve_accounts(
        accounts.notifications, database_url=url, database_pool_size=1
    ) as narrow:
        asking = asyncio.create_task(ask(narrow, LIN))
        await accounts.notifications.arrived.wait()
        assert (await narrow.try_code("wu@example.com", "000000")).status == 422
        assert not asking.done()
        assert (await asking).status == 202


async def test_what_names_nobody_is_refused_without_repeating_it(accounts: Accounts) -> None:
    for body, code in (
        ({}, "one_contact"),
        ({"email": LIN, "phone": PHONE}, "one_contact"),
        ({"email": "lin"}, "email_malformed"),
        ({"email": f"{LIN}\r\nbcc: wu@example.com"}, "email_malformed"),
        ({"phone": "110"}, "phone_malformed"),
        ({"phone": 13800138000}, "text"),
        ({"email": LIN, "role": "office"}, "unknown"),
        ({"email": LIN, "language": "fr"}, "not_one_of"),
    ):
        answer = await accounts.call("POST", "/v1/login-codes", body)
        assert answer.status == 422
        (error,) = answer.json["errors"]
        assert error["code"] == code
        assert error["message"]
        assert "lin@" not in answer.text
    assert not accounts.notifications.messages


async def test_the_database_holds_no_address_and_no_code(accounts: Accounts) -> None:
    await accounts.sign_in(LIN)
    code = accounts.notifications.code_for(LIN)
    attempt = (await ask(accounts, "wu@example.com")).json["attempt"]
    async with acquire(accounts.database) as conn:
        rows = [
            *await conn.fetch("select * from contact_points"),
            *await conn.fetch("select * from login_codes"),
            *await conn.fetch("select * from outbox"),
        ]
    kept = " ".join(repr(dict(row)) for row in rows)
    assert "lin@" not in kept
    assert attempt not in kept
    assert f"'{code}'" not in kept
    index = accounts.app[CONTACTS].index(email_contact(LIN))
    assert any(index in dict(row).values() for row in rows)

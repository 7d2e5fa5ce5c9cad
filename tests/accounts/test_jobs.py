from uuid import UUID

from services.accounts.jobs.delete_ended_sessions import delete_ended_sessions
from services.accounts.jobs.delete_expired_codes import delete_expired_codes
from shared.db import acquire
from tests.accounts.accounts_client import Accounts


async def count(accounts: Accounts, table: str) -> int:
    statements = {
        "codes": "select count(*) from login_codes",
        "sends": "select count(*) from login_code_sends",
        "sessions": "select count(*) from sessions",
        "tokens": "select count(*) from session_tokens",
    }
    async with acquire(accounts.database) as conn:
        return int(await conn.fetchval(statements[table]))


async def run(accounts: Accounts, statement: str, *arguments: object) -> None:
    async with acquire(accounts.database) as conn:
        await conn.execute(statement, *arguments)


async def test_codes_are_forgotten_when_they_expire_and_sends_when_their_day_is_over(
    accounts: Accounts,
) -> None:
    await accounts.ask_code("lin@example.com")
    await accounts.ask_code("wu@example.com")
    await delete_expired_codes(accounts.app)
    assert (await count(accounts, "codes"), await count(accounts, "sends")) == (2, 2)
    await run(
        accounts,
        "update login_codes set sent_at = sent_at - interval '6 minutes',"
        " expires_at = expires_at - interval '6 minutes'"
        " where ctid = (select min(ctid) from login_codes)",
    )
    await delete_expired_codes(accounts.app)
    assert (await count(accounts, "codes"), await count(accounts, "sends")) == (1, 2)
    await run(
        accounts,
        "update login_code_sends set window_started_at = window_started_at - interval '25 hours',"
        " next_send_at = next_send_at - interval '25 hours'"
        " where ctid = (select min(ctid) from login_code_sends)",
    )
    await delete_expired_codes(accounts.app)
    assert await count(accounts, "sends") == 1


async def test_ended_sessions_are_forgotten_a_day_later_with_their_tokens(
    accounts: Accounts,
) -> None:
    over = await accounts.sign_in("lin@example.com")
    out = await accounts.sign_in("wu@example.com")
    kept = await accounts.sign_in("chen@example.com")
    await accounts.call("DELETE", "/v1/sessions/current", token=out["access_token"])
    await run(
        accounts,
        "update sessions set expires_at = now() - interval '1 hour' where account_id = $1",
        UUID(over["account_id"]),
    )
    await delete_ended_sessions(accounts.app)
    assert await count(accounts, "sessions") == 3
    await run(
        accounts,
        "update sessions set expires_at = expires_at - interval '1 day',"
        " revoked_at = revoked_at - interval '1 day'",
    )
    await delete_ended_sessions(accounts.app)
    assert (await count(accounts, "sessions"), await count(accounts, "tokens")) == (1, 1)
    assert (await accounts.renew(kept["session_token"])).status == 201


async def test_tokens_that_were_replaced_thirty_days_ago_are_forgotten(accounts: Accounts) -> None:
    session = await accounts.sign_in("lin@example.com")
    renewed = (await accounts.renew(session["session_token"])).json
    await delete_ended_sessions(accounts.app)
    assert await count(accounts, "tokens") == 2
    await run(accounts, "update session_tokens set replaced_at = replaced_at - interval '31 days'")
    await delete_ended_sessions(accounts.app)
    assert await count(accounts, "tokens") == 1
    assert (await accounts.renew(renewed["session_token"])).status == 201


async def test_revocations_and_challenges_are_forgotten_when_nothing_refers_to_them(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in("lin@example.com")
    await accounts.call("POST", "/v1/passkey-challenges")
    await accounts.call("DELETE", "/v1/sessions/current", token=session["access_token"])

    async def left() -> tuple[int, int]:
        async with acquire(accounts.database) as conn:
            return (
                await conn.fetchval("select count(*) from revocations"),
                await conn.fetchval("select count(*) from passkey_challenges"),
            )

    await delete_ended_sessions(accounts.app)
    assert await left() == (1, 1)
    # The last token of the session has expired two minutes ago.
    await run(accounts, "update revocations set revoked_at = revoked_at - interval '17 minutes'")
    await run(
        accounts,
        "update passkey_challenges set created_at = created_at - interval '6 minutes',"
        " expires_at = expires_at - interval '6 minutes'",
    )
    await delete_ended_sessions(accounts.app)
    assert await left() == (0, 0)


async def test_secrets_of_authenticators_that_nobody_confirmed_are_forgotten(
    accounts: Accounts,
) -> None:
    path = "/v1/me/second-factors/totp"
    sessions = [await accounts.sign_in(f"{name}@example.com") for name in ("lin", "wu", "wang")]
    enrolled = await accounts.enrol(sessions[0])
    for session in (enrolled, *sessions[1:]):
        answer = await accounts.call("POST", path, token=session["access_token"])
        assert answer.status == 201
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update authenticators set pending_until = now() where account_id <> $1::text::uuid",
            sessions[2]["account_id"],
        )
        await delete_ended_sessions(accounts.app)
        left = await conn.fetch(
            "select account_id::text, secret is not null as used, pending_secret is not null"
            " from authenticators order by used desc"
        )
    assert [tuple(row) for row in left] == [
        (sessions[0]["account_id"], True, False),
        (sessions[2]["account_id"], False, True),
    ]

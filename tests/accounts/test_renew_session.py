import asyncio

from shared.db import acquire
from tests.accounts.accounts_client import Accounts, serve_accounts
from tests.conftest import DatabaseUrl

LIN = "lin@example.com"


async def let_the_grace_pass(accounts: Accounts) -> None:
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update session_tokens set replaced_at = replaced_at - interval '21 seconds'"
        )


async def test_a_renewal_gives_new_tokens_for_the_same_session(accounts: Accounts) -> None:
    first = await accounts.sign_in(LIN)
    answer = await accounts.renew(first["session_token"])
    assert answer.status == 201
    assert answer.json["account_id"] == first["account_id"]
    assert answer.json["session_token"] != first["session_token"]
    assert answer.json["session_expires_at"] > first["session_expires_at"]
    me = await accounts.call("GET", "/v1/me", token=answer.json["access_token"])
    assert me.status == 200


async def test_two_tabs_that_renew_at_once_get_the_same_token(accounts: Accounts) -> None:
    first = await accounts.sign_in(LIN)
    answers = await asyncio.gather(*(accounts.renew(first["session_token"]) for _ in range(6)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["session_token"] for answer in answers}) == 1
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from session_tokens") == 2


async def test_a_renewal_whose_reply_was_lost_can_be_repeated(accounts: Accounts) -> None:
    first = await accounts.sign_in(LIN)
    lost = (await accounts.renew(first["session_token"])).json["session_token"]
    later = (await accounts.renew(lost)).json["session_token"]
    assert (await accounts.renew(first["session_token"])).json["session_token"] == later


async def test_a_token_that_comes_back_ends_the_session_for_both(accounts: Accounts) -> None:
    stolen = (await accounts.sign_in(LIN))["session_token"]
    owner = (await accounts.renew(stolen)).json["session_token"]
    await let_the_grace_pass(accounts)
    answer = await accounts.renew(stolen)
    assert (answer.status, answer.code) == (401, "not_signed_in")
    assert (await accounts.renew(owner)).status == 401
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select revoked_because from sessions") == "token_reused"


async def test_another_session_of_the_same_person_goes_on(accounts: Accounts) -> None:
    stolen = (await accounts.sign_in(LIN))["session_token"]
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
    other = (await accounts.sign_in(LIN))["session_token"]
    await accounts.renew(stolen)
    await let_the_grace_pass(accounts)
    assert (await accounts.renew(stolen)).status == 401
    assert (await accounts.renew(other)).status == 201


async def test_a_made_up_token_is_refused(accounts: Accounts) -> None:
    for token in ("x", "a" * 43, "嘉溪"):
        answer = await accounts.renew(token)
        assert (answer.status, answer.code) == (401, "not_signed_in")


async def test_a_session_ends_after_thirty_days(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["session_token"]
    async with acquire(accounts.database) as conn:
        await conn.execute("update sessions set expires_at = expires_at - interval '30 days'")
    assert (await accounts.renew(token)).status == 401


async def test_a_closed_account_is_out_at_its_next_renewal(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["session_token"]
    async with acquire(accounts.database) as conn:
        await conn.execute("update accounts set deactivated_at = now()")
    assert (await accounts.renew(token)).status == 401


async def test_signing_out_ends_the_session(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    token = session["access_token"]
    answer = await accounts.call("DELETE", "/v1/sessions/current", token=token)
    assert (answer.status, answer.text) == (204, "")
    again = await accounts.call("DELETE", "/v1/sessions/current", token=token)
    assert (again.status, again.code) == (401, "not_signed_in")
    assert (await accounts.renew(session["session_token"])).status == 401


async def test_signing_out_needs_somebody_who_is_signed_in(accounts: Accounts) -> None:
    assert (await accounts.call("DELETE", "/v1/sessions/current")).status == 401
    service = await accounts.service_token("web")
    answer = await accounts.call("DELETE", "/v1/sessions/current", token=service)
    assert answer.status == 403


async def test_whoever_the_setting_no_longer_names_leaves_the_office(
    accounts: Accounts, database_url: DatabaseUrl
) -> None:
    session = await accounts.sign_in("office@xiangyou.example")
    async with serve_accounts(
        accounts.notifications,
        database_url=database_url("accounts"),
        office_contacts="chen@example.com, 138 0013 8000",
    ) as changed:
        renewed = await changed.renew(session["session_token"])
        chen = await changed.sign_in("chen@example.com")
        phone = await changed.sign_in("+8613800138000")
    assert renewed.json["roles"] == ["visitor"]
    assert chen["roles"] == phone["roles"] == ["office_director", "visitor"]


async def test_the_database_holds_no_session_token(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    renewed = (await accounts.renew(session["session_token"])).json
    async with acquire(accounts.database) as conn:
        rows = [
            *await conn.fetch("select * from session_tokens"),
            *await conn.fetch("select * from sessions"),
        ]
    kept = " ".join(repr(dict(row)) for row in rows)
    for answer in (session, renewed):
        assert answer["session_token"] not in kept
        assert answer["access_token"] not in kept

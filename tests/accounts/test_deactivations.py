import asyncio
from uuid import UUID

from shared.contracts.accounts import AccountDeactivated, AccountReactivated
from shared.db import acquire
from tests.accounts.accounts_client import OFFICE_EMAIL, Accounts, Answer

LIN = "lin@example.com"
REASON = {"reason": "冒用他人身份"}


async def deactivate(accounts: Accounts, token: str, account_id: str) -> Answer:
    path = f"/v1/accounts/{account_id}/deactivations"
    return await accounts.call("POST", path, REASON, token=token)


async def reactivate(accounts: Accounts, token: str, account_id: str) -> Answer:
    path = f"/v1/accounts/{account_id}/reactivations"
    return await accounts.call("POST", path, REASON, token=token)


async def allow_another_code(accounts: Accounts) -> None:
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")


async def test_a_deactivated_person_is_out_at_once_and_stays_out(accounts: Accounts) -> None:
    office = await accounts.office_token()
    session = await accounts.sign_in(LIN)
    assert (await accounts.call("GET", "/v1/me", token=session["access_token"])).status == 200
    answer = await deactivate(accounts, office, session["account_id"])
    assert answer.status == 201
    assert answer.json["deactivated_at"] is not None
    refused = await accounts.call("GET", "/v1/me", token=session["access_token"])
    assert (refused.status, refused.code) == (401, "not_signed_in")
    assert (await accounts.renew(session["session_token"])).status == 401
    await allow_another_code(accounts)
    tried = await accounts.try_code(LIN, await accounts.ask_code(LIN))
    assert (tried.status, tried.code) == (403, "account_deactivated")


async def test_a_reactivated_person_signs_in_anew(accounts: Accounts) -> None:
    office = await accounts.office_token()
    session = await accounts.sign_in(LIN)
    await deactivate(accounts, office, session["account_id"])
    answer = await reactivate(accounts, office, session["account_id"])
    assert (answer.status, answer.json["deactivated_at"]) == (201, None)
    assert (await accounts.renew(session["session_token"])).status == 401
    await allow_another_code(accounts)
    anew = await accounts.sign_in(LIN)
    assert (await accounts.call("GET", "/v1/me", token=anew["access_token"])).status == 200
    old = await accounts.call("GET", "/v1/me", token=session["access_token"])
    assert old.status == 401


async def test_both_are_told_and_recorded_with_their_reason(accounts: Accounts) -> None:
    office = await accounts.office_token()
    account_id = (await accounts.sign_in(LIN))["account_id"]
    await deactivate(accounts, office, account_id)
    await reactivate(accounts, office, account_id)
    async with acquire(accounts.database) as conn:
        told = await conn.fetch(
            "select type, version from outbox where subject = $1 order by version",
            UUID(account_id),
        )
        closure = await conn.fetchrow("select * from account_closures")
    assert [tuple(row) for row in told] == [
        ("account.registered.v1", 1),
        (AccountDeactivated.event_type, 2),
        (AccountReactivated.event_type, 3),
    ]
    assert closure is not None
    assert closure["reason"] == closure["reopening_reason"] == REASON["reason"]
    assert closure["closed_by"] == closure["reopened_by"] != UUID(account_id)


async def test_of_many_at_once_one_closes_the_account(accounts: Accounts) -> None:
    office = await accounts.office_token()
    account_id = (await accounts.sign_in(LIN))["account_id"]
    answers = await asyncio.gather(*(deactivate(accounts, office, account_id) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 5
    assert {answer.code for answer in answers if answer.status == 409} == {"account_closed_already"}


async def test_what_is_not_closed_is_not_reopened(accounts: Accounts) -> None:
    office = await accounts.office_token()
    account_id = (await accounts.sign_in(LIN))["account_id"]
    answer = await reactivate(accounts, office, account_id)
    assert (answer.status, answer.code) == (409, "account_not_closed")


async def test_nobody_closes_an_account_that_is_their_own_or_that_is_none(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    office = session["access_token"]
    answer = await deactivate(accounts, office, session["account_id"])
    assert (answer.status, answer.code) == (409, "own_account")
    assert (await accounts.call("GET", "/v1/me", token=office)).status == 200
    for act in (deactivate, reactivate):
        answer = await act(accounts, office, "01900000-0000-7000-8000-000000000000")
        assert (answer.status, answer.code) == (404, "not_found")


async def test_only_a_director_closes_accounts(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    office = await accounts.sign_in_with_code(OFFICE_EMAIL)
    wu = (await accounts.sign_in("wu@example.com"))["account_id"]
    for token in (
        session["access_token"],
        # A director without a second factor.
        office["access_token"],
        await accounts.service_token("web"),
    ):
        assert (await deactivate(accounts, token, wu)).status == 403
        assert (await reactivate(accounts, token, wu)).status == 403


async def reset(accounts: Accounts, token: str, account_id: str) -> Answer:
    path = f"/v1/accounts/{account_id}/second-factor-resets"
    return await accounts.call("POST", path, REASON, token=token)


async def test_whoever_lost_all_second_factors_sets_one_up_again(accounts: Accounts) -> None:
    office = await accounts.office_token()
    session = await accounts.enrol(await accounts.sign_in(LIN))
    answers = await asyncio.gather(
        *(reset(accounts, office, session["account_id"]) for _ in range(4))
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"no_second_factor"}
    gone = await accounts.call("GET", "/v1/me", token=session["access_token"])
    assert (gone.status, gone.code) == (401, "not_signed_in")
    await allow_another_code(accounts)
    anew = await accounts.sign_in(LIN)
    listed = await accounts.call("GET", "/v1/me/second-factors", token=anew["access_token"])
    assert listed.json == {"authenticator_since": None, "recovery_codes_left": 0, "passkeys": []}
    async with acquire(accounts.database) as conn:
        kept = await conn.fetchrow("select account_id, reason from second_factor_resets")
    assert kept is not None
    assert tuple(kept) == (UUID(session["account_id"]), REASON["reason"])


async def test_second_factors_are_taken_by_a_director_from_somebody_else_only(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    office = session["access_token"]
    own = await reset(accounts, office, session["account_id"])
    assert (own.status, own.code) == (409, "own_account")
    none = await reset(accounts, office, "01900000-0000-7000-8000-000000000000")
    assert (none.status, none.code) == (404, "not_found")
    visitor = (await accounts.sign_in(LIN))["access_token"]
    assert (await reset(accounts, visitor, session["account_id"])).status == 403


async def test_whoever_signs_in_while_being_closed_is_out_as_well(accounts: Accounts) -> None:
    office = await accounts.office_token()
    account_id = (await accounts.sign_in(LIN))["account_id"]
    await allow_another_code(accounts)
    code = await accounts.ask_code(LIN)
    signed_in, closed = await asyncio.gather(
        accounts.try_code(LIN, code), deactivate(accounts, office, account_id)
    )
    assert closed.status == 201
    if signed_in.status == 201:
        token = signed_in.json["access_token"]
        assert (await accounts.call("GET", "/v1/me", token=token)).status == 401
    else:
        assert signed_in.code == "account_deactivated"

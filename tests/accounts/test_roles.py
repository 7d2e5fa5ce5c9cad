"""Who works for the office, and who books for others."""

import asyncio
from typing import Any

import pytest

from shared.db import acquire
from tests.accounts.accounts_client import OFFICE_EMAIL, Accounts, Answer

LIN, CHEN = "lin@example.com", "chen@example.com"
MEMBERS, BOOKING = "/v1/office-members", "/v1/booking-roles"


async def appoint(accounts: Accounts, token: str, address: str, role: str) -> Answer:
    return await accounts.call("POST", MEMBERS, {"email": address, "role": role}, token=token)


async def roles_of(accounts: Accounts, address: str) -> Any:
    return (await accounts.sign_in(address))["roles"]


async def test_a_director_appoints_an_approver(accounts: Accounts) -> None:
    director = await accounts.office_token()
    answer = await appoint(accounts, director, LIN, "office_approver")
    assert (answer.status, answer.json["role"]) == (201, "office_approver")
    assert await roles_of(accounts, LIN) == ["office_approver", "visitor"]
    listed = (await accounts.call("GET", MEMBERS, token=director)).json["items"]
    assert [(one["email"], one["role"], one["by_setting"]) for one in listed] == [
        ("o***@x***.example", "office_director", True),
        ("l***@e***.com", "office_approver", False),
    ]


async def test_an_approver_appoints_nobody(accounts: Accounts) -> None:
    await appoint(accounts, await accounts.office_token(), LIN, "office_approver")
    approver = (await accounts.sign_in(LIN))["access_token"]
    assert (await appoint(accounts, approver, CHEN, "office_director")).status == 403
    assert (await accounts.call("GET", MEMBERS, token=approver)).status == 403


@pytest.mark.parametrize("role", ["owner", "visitor", "director", ""])
async def test_other_roles_are_no_roles_of_the_office(accounts: Accounts, role: str) -> None:
    answer = await appoint(accounts, await accounts.office_token(), LIN, role)
    assert answer.status == 422


async def test_who_is_dismissed_is_a_visitor_again(accounts: Accounts) -> None:
    director = await accounts.office_token()
    appointed = (await appoint(accounts, director, LIN, "office_viewer")).json
    path = f"{MEMBERS}/{appointed['account_id']}"
    assert (await accounts.call("DELETE", path, token=director)).status == 204
    assert (await accounts.call("DELETE", path, token=director)).status == 404
    assert await roles_of(accounts, LIN) == ["visitor"]


async def test_whom_a_setting_names_is_not_dismissed_here(accounts: Accounts) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    await appoint(accounts, session["access_token"], LIN, "office_director")
    lin = (await accounts.sign_in(LIN))["access_token"]
    answer = await accounts.call("DELETE", f"{MEMBERS}/{session['account_id']}", token=lin)
    assert (answer.status, answer.code) == (409, "named_by_setting")


async def test_the_last_director_stays_one(accounts: Accounts) -> None:
    director = await accounts.office_token()
    answer = await appoint(accounts, director, OFFICE_EMAIL, "office_viewer")
    assert (answer.status, answer.code) == (409, "last_director")
    [listed] = (await accounts.call("GET", MEMBERS, token=director)).json["items"]
    assert listed["role"] == "office_director"


async def test_of_two_directors_who_dismiss_each_other_at_once_one_stays(
    accounts: Accounts,
) -> None:
    director = await accounts.office_token()
    ids = [
        (await appoint(accounts, director, one, "office_director")).json["account_id"]
        for one in (LIN, CHEN)
    ]
    tokens = [(await accounts.sign_in(one))["access_token"] for one in (LIN, CHEN)]
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from office_members where added_by is null")
    answers = await asyncio.gather(
        accounts.call("DELETE", f"{MEMBERS}/{ids[1]}", token=tokens[0]),
        accounts.call("DELETE", f"{MEMBERS}/{ids[0]}", token=tokens[1]),
    )
    assert sorted(answer.status for answer in answers) == [204, 401]
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from office_members") == 1


async def test_a_helper_is_named_and_unnamed(accounts: Accounts) -> None:
    director = await accounts.office_token()
    body = {"phone": "13800138000", "role": "helper"}
    given = await accounts.call("POST", BOOKING, body, token=director)
    assert (given.status, given.json["phone"]) == (201, "138****8000")
    session = await accounts.sign_in("+8613800138000")
    assert session["roles"] == ["helper", "visitor"]
    [listed] = (await accounts.call("GET", BOOKING, token=director)).json["items"]
    assert listed["role"] == "helper"
    path = f"{BOOKING}/{listed['account_id']}/helper"
    assert (await accounts.call("DELETE", path, token=director)).status == 204
    assert (await accounts.call("DELETE", path, token=director)).status == 404
    assert (await accounts.renew(session["session_token"])).json["roles"] == ["visitor"]


async def test_only_a_director_names_helpers(accounts: Accounts) -> None:
    visitor = (await accounts.sign_in(LIN))["access_token"]
    body = {"email": LIN, "role": "helper"}
    assert (await accounts.call("POST", BOOKING, body, token=visitor)).status == 403
    assert (await accounts.call("POST", BOOKING, body)).status == 401


async def two_directors(accounts: Accounts) -> list[tuple[str, str]]:
    """Return ids and tokens of the office's only two people."""
    director = await accounts.office_token()
    for one in (LIN, CHEN):
        await appoint(accounts, director, one, "office_director")
    sessions = [await accounts.sign_in(one) for one in (LIN, CHEN)]
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from office_members where added_by is null")
    return [(session["account_id"], session["access_token"]) for session in sessions]


async def close(accounts: Accounts, token: str, account_id: str) -> Answer:
    path = f"/v1/accounts/{account_id}/deactivations"
    return await accounts.call("POST", path, {"reason": "x"}, token=token)


async def test_of_two_directors_who_close_each_others_accounts_at_once_one_stays(
    accounts: Accounts,
) -> None:
    (lin, lins), (chen, chens) = await two_directors(accounts)
    answers = await asyncio.gather(close(accounts, lins, chen), close(accounts, chens, lin))
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [201, 401]
    async with acquire(accounts.database) as conn:
        closed = "select count(*) from accounts where deactivated_at is not null"
        assert await conn.fetchval(closed) == 1


async def test_a_director_who_can_not_sign_in_counts_for_none(accounts: Accounts) -> None:
    (_lin, lins), (chen, _chens) = await two_directors(accounts)
    assert (await close(accounts, lins, chen)).status == 201
    demoted = await appoint(accounts, lins, LIN, "office_viewer")
    assert (demoted.status, demoted.code) == (409, "last_director")

"""Neither a mailbox nor an open browser alone is enough to take an account over, or to end it."""

import asyncio

from pyotp import TOTP

from shared.db import acquire
from tests.accounts.accounts_client import AUTHENTICATORS, OFFICE_EMAIL, Accounts
from tests.accounts.test_second_factors import FACTORS, SHOW, claims
from tests.security.test_sign_in import LIN, allow_codes, staff_session


async def test_a_mailbox_alone_brings_in_and_takes_away_no_second_factor(
    accounts: Accounts,
) -> None:
    session = await staff_session(accounts)
    token = session["access_token"]
    for method, path in (
        ("POST", f"{FACTORS}/totp"),
        ("DELETE", f"{FACTORS}/totp"),
        ("POST", f"{FACTORS}/recovery-codes"),
        ("POST", "/v1/me/passkey-challenges"),
        ("DELETE", f"/v1/me/passkeys/{session['account_id']}"),
    ):
        answer = await accounts.call(method, path, token=token)
        assert (answer.status, answer.code) == (403, "fresh_second_factor_needed"), path
    body = {"code": "123456"}
    answer = await accounts.call("POST", f"{FACTORS}/totp/confirmations", body, token=token)
    assert (answer.status, answer.code) == (403, "fresh_second_factor_needed")


async def test_a_started_enrolment_of_a_stranger_is_no_way_past_the_owner(
    accounts: Accounts,
) -> None:
    """Somebody who reads the mail starts one, before the owner enrols; it is no back door."""
    stranger = await accounts.sign_in_with_code(OFFICE_EMAIL)
    started = await accounts.call("POST", f"{FACTORS}/totp", token=stranger["access_token"])
    await allow_codes(accounts)
    owner = await accounts.sign_in(OFFICE_EMAIL)
    assert owner["second_factor"] == "done"
    body = {"code": TOTP(started.json["secret"]).now()}
    answer = await accounts.call(
        "POST", f"{FACTORS}/totp/confirmations", body, token=stranger["access_token"]
    )
    assert (answer.status, answer.code) == (403, "fresh_second_factor_needed")


async def test_an_open_browser_brings_in_no_first_second_factor_but_a_fresh_sign_in_does(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in_with_code(LIN)
    token = session["access_token"]
    started = await accounts.call("POST", f"{FACTORS}/totp", token=token)
    assert started.status == 201
    async with acquire(accounts.database) as conn:
        await conn.execute("update sessions set created_at = created_at - interval '16 minutes'")
    # Renewing the session makes it no younger.
    token = (await accounts.renew(session["session_token"])).json["access_token"]
    code = {"code": TOTP(started.json["secret"]).now()}
    for path, body in (
        (f"{FACTORS}/totp", None),
        (f"{FACTORS}/totp/confirmations", code),
        ("/v1/me/passkey-challenges", None),
    ):
        answer = await accounts.call("POST", path, body, token=token)
        assert (answer.status, answer.code) == (403, "fresh_sign_in_needed"), path
    await allow_codes(accounts)
    again = await accounts.sign_in_with_code(LIN)
    assert (await accounts.enrol(again))["second_factor"] == "done"


async def test_a_mailbox_alone_neither_takes_away_nor_deletes_what_is_known_of_a_person(
    accounts: Accounts,
) -> None:
    session = await staff_session(accounts)
    for method, path in (("DELETE", "/v1/me?confirmation=erase"), ("GET", "/v1/me/export")):
        answer = await accounts.call(method, path, token=session["access_token"])
        assert (answer.status, answer.code) == (403, "second_factor_needed"), path
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from accounts where erased_at is null") == 1


async def test_signing_out_everywhere_else_ends_a_session_that_is_being_upgraded(
    accounts: Accounts,
) -> None:
    session = await staff_session(accounts)
    token = session["access_token"]
    await allow_codes(accounts)
    other = (await accounts.sign_in_with_code(OFFICE_EMAIL))["access_token"]
    body = {"totp": TOTP(AUTHENTICATORS[session["account_id"]]).now()}
    shown, ended = await asyncio.gather(
        accounts.call("POST", SHOW, body, token=other),
        accounts.call("DELETE", "/v1/me/other-sessions", token=token),
    )
    assert (shown.status, ended.status) in {(201, 204), (401, 204)}
    async with acquire(accounts.database) as conn:
        live = await conn.fetchval("select count(*) from sessions where revoked_at is null")
    assert live == 1


async def test_a_second_factor_of_long_ago_gives_its_person_no_role_any_more(
    accounts: Accounts,
) -> None:
    office = await accounts.sign_in(OFFICE_EMAIL)
    token = office["session_token"]
    for hours, standing, roles in (
        (11, "done", ["office_director", "visitor"]),
        (2, "needed", ["visitor"]),
    ):
        await let_hours_pass(accounts, hours)
        office = (await accounts.renew(token)).json
        token = office["session_token"]
        assert (office["second_factor"], office["roles"]) == (standing, roles)
    said = claims(office["access_token"])
    assert "mfa" not in said["amr"]
    assert "mfa_at" not in said
    refused = await accounts.call("GET", "/v1/office-members", token=office["access_token"])
    assert refused.status == 403
    # Shown again, it counts again.
    shown = await accounts.show_second_factor(office)
    assert shown["roles"] == ["office_director", "visitor"]


async def test_an_operators_second_factor_counts_for_a_week(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    organisation = await accounts.create_organisation(session["access_token"])
    session = await accounts.enrol((await accounts.renew(session["session_token"])).json)
    token = session["session_token"]
    for hours, standing, organisations in (
        (6 * 24, "done", [organisation]),
        (25, "needed", []),
    ):
        await let_hours_pass(accounts, hours)
        session = (await accounts.renew(token)).json
        token = session["session_token"]
        assert (session["second_factor"], session["organisations"]) == (standing, organisations)


async def test_an_open_browser_takes_nobodys_data_away(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    async with acquire(accounts.database) as conn:
        await conn.execute("update sessions set created_at = created_at - interval '16 minutes'")
    answer = await accounts.call("GET", "/v1/me/export", token=session["access_token"])
    assert (answer.status, answer.code) == (403, "fresh_sign_in_needed")


async def let_hours_pass(accounts: Accounts, hours: int) -> None:
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update sessions set second_factor_at = second_factor_at - make_interval(hours => $1)",
            hours,
        )

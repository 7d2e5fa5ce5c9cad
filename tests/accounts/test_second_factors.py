import asyncio
import json
from datetime import UTC, datetime

import pytest
from joserfc import jws
from pyotp import TOTP

from services.accounts.domain.second_factors import accepted_step, wait_seconds
from shared.db import acquire
from shared.http.keys import VERIFIER
from tests.accounts.accounts_client import (
    AUTHENTICATORS,
    OFFICE_EMAIL,
    Accounts,
    Json,
    serve_accounts,
)
from tests.conftest import DatabaseUrl

LIN = "lin@example.com"
SHOW = "/v1/sessions/second-factors"
FACTORS = "/v1/me/second-factors"


def claims(token: str) -> Json:
    parsed: Json = json.loads(jws.extract_compact(token.encode()).payload)
    return parsed


async def again(accounts: Accounts) -> Json:
    """Sign the office in once more, with the code from the mail alone."""
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
        await conn.execute("update authenticators set last_step = 0")
    return await accounts.sign_in_with_code(OFFICE_EMAIL)


def totp(session: Json) -> TOTP:
    return TOTP(AUTHENTICATORS[session["account_id"]])


async def test_a_visitor_is_asked_for_no_second_factor(accounts: Accounts) -> None:
    session = await accounts.sign_in_with_code(LIN)
    assert session["second_factor"] == "not_needed"
    assert claims(session["access_token"])["amr"] == ["email"]
    phone = await accounts.sign_in_with_code("+8613800138000")
    assert claims(phone["access_token"])["amr"] == ["sms"]


async def test_the_office_has_a_visitors_rights_until_it_has_enrolled(accounts: Accounts) -> None:
    session = await accounts.sign_in_with_code(OFFICE_EMAIL)
    assert (session["second_factor"], session["roles"]) == ("to_enrol", ["visitor"])
    refused = await accounts.call("GET", "/v1/office-members", token=session["access_token"])
    assert refused.status == 403
    enrolled = await accounts.enrol(session)
    assert enrolled["second_factor"] == "done"
    assert enrolled["roles"] == ["office_director", "visitor"]
    assert claims(enrolled["access_token"])["amr"] == ["email", "otp", "mfa"]
    assert (await again(accounts))["second_factor"] == "needed"


async def test_an_operator_has_a_visitors_rights_until_the_code_was_shown(
    accounts: Accounts,
) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    organisation = await accounts.create_organisation(token)
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
    session = await accounts.sign_in_with_code(LIN)
    assert (session["second_factor"], session["organisations"]) == ("to_enrol", [])
    assert claims(session["access_token"])["grants"] == []
    enrolled = await accounts.enrol(session)
    assert enrolled["organisations"] == [organisation]


async def test_a_second_factor_makes_a_new_session(accounts: Accounts) -> None:
    await accounts.sign_in(OFFICE_EMAIL)
    session = await again(accounts)
    shown = await accounts.call(
        "POST", SHOW, {"totp": totp(session).now()}, token=session["access_token"]
    )
    assert shown.status == 201
    before, after = claims(session["access_token"]), claims(shown.json["access_token"])
    assert before["sid"] != after["sid"]
    assert after["amr"] == ["email", "otp", "mfa"]
    assert (await accounts.renew(session["session_token"])).status == 401
    gone = await accounts.call("GET", "/v1/me", token=session["access_token"])
    assert (gone.status, gone.code) == (401, "not_signed_in")
    renewed = await accounts.renew(shown.json["session_token"])
    assert renewed.json["second_factor"] == "done"
    assert renewed.json["roles"] == ["office_director", "visitor"]


async def test_of_two_upgrades_at_once_one_counts(accounts: Accounts) -> None:
    await accounts.sign_in(OFFICE_EMAIL)
    session = await again(accounts)
    code = totp(session).now()
    answers = await asyncio.gather(
        *(
            accounts.call("POST", SHOW, {"totp": code}, token=session["access_token"])
            for _ in range(4)
        )
    )
    assert sorted(answer.status for answer in answers).count(201) == 1
    async with acquire(accounts.database) as conn:
        live = await conn.fetchval(
            "select count(*) from sessions where revoked_at is null and 'otp' = any(methods)"
        )
    # The first sign-in's and this one's.
    assert live == 2


async def test_each_code_counts_once(accounts: Accounts) -> None:
    await accounts.sign_in(OFFICE_EMAIL)
    session = await again(accounts)
    body = {"totp": totp(session).now()}
    first = await accounts.call("POST", SHOW, body, token=session["access_token"])
    assert first.status == 201
    again_shown = await accounts.call("POST", SHOW, body, token=first.json["access_token"])
    assert (again_shown.status, again_shown.code) == (422, "second_factor_not_accepted")


def test_a_clock_may_be_half_a_minute_off_and_each_step_counts_once() -> None:
    secret, now = "JBSWY3DPEHPK3PXP" * 2, datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)
    step = int(now.timestamp()) // 30

    def judged(seconds: int, last_step: int = 0) -> int | None:
        return accepted_step(
            secret, TOTP(secret).at(now, counter_offset=seconds // 30), now, last_step
        )

    assert [judged(seconds) for seconds in (-60, -30, 0, 30, 60)] == [
        None,
        step - 1,
        step,
        step + 1,
        None,
    ]
    assert judged(0, step - 1) == step
    assert judged(0, step) is None
    assert judged(-30, step) is None


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (11, 1920), (12, 3600), (1000, 3600)],
)
def test_the_wait_grows_with_each_wrong_code(failures: int, seconds: int) -> None:
    assert wait_seconds(failures) == seconds


async def test_a_recovery_code_stands_in_once(accounts: Accounts) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    made = await accounts.call("POST", f"{FACTORS}/recovery-codes", token=session["access_token"])
    codes = made.json["recovery_codes"]
    assert (made.status, len(set(codes))) == (201, 10)
    session = await again(accounts)
    typed = codes[3].lower().replace("-", " ")
    shown = await accounts.call(
        "POST", SHOW, {"recovery_code": typed}, token=session["access_token"]
    )
    assert shown.status == 201
    assert claims(shown.json["access_token"])["amr"] == ["email", "recovery", "mfa"]
    left = await accounts.call("GET", FACTORS, token=shown.json["access_token"])
    assert left.json["recovery_codes_left"] == 9
    session = await again(accounts)
    used = await accounts.call(
        "POST", SHOW, {"recovery_code": codes[3]}, token=session["access_token"]
    )
    assert (used.status, used.code) == (422, "second_factor_not_accepted")


async def test_new_recovery_codes_void_the_old_ones(accounts: Accounts) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    path, token = f"{FACTORS}/recovery-codes", session["access_token"]
    old = (await accounts.call("POST", path, token=token)).json["recovery_codes"]
    new = (await accounts.call("POST", path, token=token)).json["recovery_codes"]
    for code, status in ((old[0], 422), (new[0], 201)):
        session = await again(accounts)
        answer = await accounts.call(
            "POST", SHOW, {"recovery_code": code}, token=session["access_token"]
        )
        assert answer.status == status


async def test_recovery_codes_need_a_second_factor_to_stand_in_for(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    answer = await accounts.call("POST", f"{FACTORS}/recovery-codes", token=token)
    assert (answer.status, answer.code) == (409, "no_second_factor")


async def test_the_first_factor_brings_recovery_codes_and_a_new_app_brings_none(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in_with_code(OFFICE_EMAIL)
    token = session["access_token"]
    for expected in (10, None):
        started = await accounts.call("POST", f"{FACTORS}/totp", token=token)
        code = TOTP(started.json["secret"]).now()
        done = await accounts.call(
            "POST", f"{FACTORS}/totp/confirmations", {"code": code}, token=token
        )
        assert done.status == 201
        codes = done.json["recovery_codes"]
        assert codes is None if expected is None else len(codes) == expected
        token = done.json["session"]["access_token"]


async def test_what_an_app_is_told_names_the_site_and_the_address(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    started = await accounts.call("POST", f"{FACTORS}/totp", token=token)
    assert started.status == 201
    assert started.json["uri"].startswith("otpauth://totp/")
    assert f"secret={started.json['secret']}" in started.json["uri"]
    assert "lin%40example.com" in started.json["uri"]
    assert len(started.json["secret"]) == 32


async def test_an_app_in_use_stays_so_until_the_next_is_confirmed(accounts: Accounts) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    token = session["access_token"]
    started = await accounts.call("POST", f"{FACTORS}/totp", token=token)
    path = f"{FACTORS}/totp/confirmations"
    wrong = await accounts.call("POST", path, {"code": totp(session).now()}, token=token)
    assert (wrong.status, wrong.code) == (422, "second_factor_not_accepted")
    shown = await again(accounts)
    kept = await accounts.call(
        "POST", SHOW, {"totp": totp(shown).now()}, token=shown["access_token"]
    )
    assert kept.status == 201
    code = TOTP(started.json["secret"]).now()
    token = kept.json["access_token"]
    assert (await accounts.call("POST", path, {"code": code}, token=token)).status == 201
    shown = await again(accounts)
    gone = await accounts.call(
        "POST", SHOW, {"totp": totp(shown).now()}, token=shown["access_token"]
    )
    assert gone.status == 422


async def test_nothing_is_confirmed_that_was_not_started_or_waited_too_long(
    accounts: Accounts,
) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    path = f"{FACTORS}/totp/confirmations"
    answer = await accounts.call("POST", path, {"code": "123456"}, token=token)
    assert (answer.status, answer.code) == (409, "enrolment_not_started")
    started = await accounts.call("POST", f"{FACTORS}/totp", token=token)
    async with acquire(accounts.database) as conn:
        await conn.execute("update authenticators set pending_until = now()")
    body = {"code": TOTP(started.json["secret"]).now()}
    answer = await accounts.call("POST", path, body, token=token)
    assert (answer.status, answer.code) == (409, "enrolment_not_started")


async def test_whoever_removes_the_last_second_factor_sets_one_up_again(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    token = session["access_token"]
    assert (await accounts.call("DELETE", f"{FACTORS}/totp", token=token)).status == 204
    assert (await accounts.call("DELETE", f"{FACTORS}/totp", token=token)).status == 404
    listed = (await accounts.call("GET", FACTORS, token=token)).json
    assert listed == {"authenticator_since": None, "recovery_codes_left": 0, "passkeys": []}
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
    session = await accounts.sign_in_with_code(OFFICE_EMAIL)
    assert session["second_factor"] == "to_enrol"


async def test_an_answer_is_one_of_the_two_and_well_formed(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    for body, code in (
        ({}, "one_second_factor"),
        ({"totp": "123456", "recovery_code": "7K4QM-2XPD9"}, "one_second_factor"),
        ({"totp": "12345"}, "code_malformed"),
        ({"totp": 123456}, "text"),
        ({"recovery_code": "hello"}, "recovery_code_malformed"),
        ({"totp": "123456", "roles": ["office_director"]}, "unknown"),
    ):
        answer = await accounts.call("POST", SHOW, body, token=token)
        assert answer.status == 422
        assert answer.json["errors"][0]["code"] == code


async def test_second_factors_are_ones_own(accounts: Accounts) -> None:
    service = await accounts.service_token("web")
    for method, path in (
        ("GET", FACTORS),
        ("POST", f"{FACTORS}/totp"),
        ("DELETE", f"{FACTORS}/totp"),
        ("POST", f"{FACTORS}/recovery-codes"),
        ("POST", "/v1/me/passkey-challenges"),
    ):
        assert (await accounts.call(method, path)).status == 401
        assert (await accounts.call(method, path, token=service)).status == 403


async def test_where_the_setting_leaves_it_open_only_those_who_enrolled_are_asked(
    accounts: Accounts, database_url: DatabaseUrl
) -> None:
    async with serve_accounts(
        accounts.notifications, database_url=database_url("accounts"), second_factor="optional"
    ) as lenient:
        session = await lenient.sign_in_with_code(OFFICE_EMAIL)
        assert session["second_factor"] == "not_needed"
        assert session["roles"] == ["office_director", "visitor"]
        await lenient.enrol(session)
        later = await again(lenient)
        assert (later["second_factor"], later["roles"]) == ("needed", ["visitor"])


async def test_the_database_holds_no_secret_and_no_recovery_code(accounts: Accounts) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    secret = AUTHENTICATORS[session["account_id"]]
    made = await accounts.call("POST", f"{FACTORS}/recovery-codes", token=session["access_token"])
    async with acquire(accounts.database) as conn:
        rows = [
            *await conn.fetch("select * from authenticators"),
            *await conn.fetch("select * from recovery_codes"),
            *await conn.fetch("select * from idempotency_keys"),
        ]
    kept = str([tuple(row) for row in rows])
    for hidden in (secret, *made.json["recovery_codes"]):
        assert hidden not in kept
        assert hidden.replace("-", "") not in kept


async def test_a_token_of_before_is_refused_though_it_was_checked_before(
    accounts: Accounts,
) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    assert (await accounts.call("GET", "/v1/me", token=token)).status == 200
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "insert into revocations (account_id, generation) select id, 1 from accounts"
        )
    await accounts.app[VERIFIER].revocations.refresh()
    assert (await accounts.call("GET", "/v1/me", token=token)).status == 401

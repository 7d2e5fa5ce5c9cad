"""Codes, second factors and passkeys can't be guessed, stolen, or used against somebody else."""

import asyncio
import re
import statistics
import time
from collections.abc import Awaitable, Callable

import pytest
from pyotp import TOTP

from shared.core.permissions import OFFICE_ROLES, ORGANISATION_ROLES
from shared.db import acquire
from tests.accounts.accounts_client import AUTHENTICATORS, OFFICE_EMAIL, Accounts, Answer, Json
from tests.accounts.software_authenticator import SoftwareAuthenticator
from tests.accounts.test_passkeys import add
from tests.accounts.test_second_factors import FACTORS, SHOW, claims

LIN, WU = "lin@example.com", "wu@example.com"
PAIRS = 15
ROUNDS = 3
# Seconds. A request takes some milliseconds here; one more statement for those who are known would
# be seen in every round, while noise differs from round to round.
UNNOTICED = 0.002

Attempt = Callable[[str], Awaitable[None]]


async def allow_codes(accounts: Accounts) -> None:
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")


async def staff_session(accounts: Accounts) -> Json:
    """Return a session of somebody of the office who has shown the code from the mail only."""
    await accounts.sign_in(OFFICE_EMAIL)
    await allow_codes(accounts)
    async with acquire(accounts.database) as conn:
        await conn.execute("update authenticators set last_step = 0")
    return await accounts.sign_in_with_code(OFFICE_EMAIL)


def wrong_codes(session: Json, number: int) -> list[str]:
    """Return codes that the authenticator shows at no moment near this one."""
    totp = TOTP(AUTHENTICATORS[session["account_id"]])
    near = {totp.at(int(time.time()) + 30 * steps) for steps in range(-3, 4)}
    return [code for code in (f"{guess:06d}" for guess in range(100)) if code not in near][:number]


async def look_alike(accounts: Accounts, attempt: Attempt) -> bool:
    """Tell whether known and unknown people take the same time, each known one beside another.

    A pair is taken at once, so that what slows the machine meets both; the best of three rounds
    counts, because a real difference is there in each.
    """
    for number in range(PAIRS):
        await accounts.sign_in(f"known{number}@example.com")
    for _ in range(ROUNDS):
        await allow_codes(accounts)
        differences = []
        for number in range(PAIRS):
            # Neither is always the first.
            order = ("known", "nobody") if number % 2 else ("nobody", "known")
            taken = {}
            for who in order:
                began = time.perf_counter()
                await attempt(f"{who}{number}@example.com")
                taken[who] = time.perf_counter() - began
            differences.append(taken["known"] - taken["nobody"])
        if abs(statistics.median(differences)) < UNNOTICED:
            return True
    return False


async def test_asking_for_a_code_tells_nobody_who_is_known(accounts: Accounts) -> None:
    answers: list[Answer] = []

    async def ask(address: str) -> None:
        answers.append(await accounts.call("POST", "/v1/login-codes", {"email": address}))

    assert await look_alike(accounts, ask)
    assert {(one.status, tuple(one.json)) for one in answers} == {
        (202, ("attempt", "expires_at", "resend_after_seconds"))
    }


async def test_a_wrong_code_tells_nobody_who_is_known(accounts: Accounts) -> None:
    bodies: list[Json] = []

    async def try_code(address: str) -> None:
        answer = await accounts.try_code(address, "000000")
        assert answer.status == 422
        answer.json.pop("request_id")
        bodies.append(answer.json)

    assert await look_alike(accounts, try_code)
    assert [one for one in bodies if one != bodies[0]] == []


async def test_a_session_with_one_factor_has_no_role_of_anybody(accounts: Accounts) -> None:
    office = await accounts.office_token()
    async with acquire(accounts.database) as conn:
        # The one person, in every role that there is.
        account_id = (await accounts.sign_in(LIN))["account_id"]
        creator = await conn.fetchval("select account_id from office_members")
        for number, role in enumerate(ORGANISATION_ROLES):
            organisation = await conn.fetchval(
                "insert into organisations (id, name, created_by)"
                " values (gen_random_uuid(), $1, $2) returning id",
                f"o{number}",
                creator,
            )
            await conn.execute(
                "insert into organisation_members"
                " (organisation_id, account_id, added_by, role, accepted_at)"
                " values ($1, $2, $3, $4, now())",
                organisation,
                account_id,
                creator,
                role,
            )
    assert (await accounts.call("GET", "/v1/organisations", token=office)).status == 200
    await allow_codes(accounts)
    for address in (LIN, OFFICE_EMAIL):
        session = await accounts.sign_in_with_code(address)
        assert session["second_factor"] in {"needed", "to_enrol"}
        said = claims(session["access_token"])
        assert said["grants"] == []
        assert set(said["roles"]).isdisjoint(OFFICE_ROLES)
        token = session["access_token"]
        assert (await accounts.call("GET", "/v1/organisations", token=token)).status == 403
        # Renewing changes nothing about it.
        renewed = (await accounts.renew(session["session_token"])).json
        assert claims(renewed["access_token"])["grants"] == []
        assert renewed["roles"] == ["visitor"]


async def test_twenty_wrong_codes_of_an_authenticator_at_once_are_five_tries(
    accounts: Accounts,
) -> None:
    session = await staff_session(accounts)
    token, wrong = session["access_token"], wrong_codes(session, 20)
    answers = await asyncio.gather(
        *(accounts.call("POST", SHOW, {"totp": code}, token=token) for code in wrong)
    )
    assert sorted(answer.status for answer in answers) == [422] * 5 + [429] * 15
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select failures from second_factor_tries") == 5
    right = {"totp": TOTP(AUTHENTICATORS[session["account_id"]]).now()}
    refused = await accounts.call("POST", SHOW, right, token=token)
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 30


async def test_the_wait_after_wrong_codes_doubles_and_ends_with_a_right_one(
    accounts: Accounts,
) -> None:
    session = await staff_session(accounts)
    token, wrong = session["access_token"], wrong_codes(session, 8)

    async def wait_over() -> None:
        async with acquire(accounts.database) as conn:
            await conn.execute("update second_factor_tries set next_try_at = now()")

    for code in wrong:
        await wait_over()
        assert (await accounts.call("POST", SHOW, {"totp": code}, token=token)).status == 422
    async with acquire(accounts.database) as conn:
        left = await conn.fetchval("select next_try_at - now() from second_factor_tries")
    assert 200 < left.total_seconds() <= 240
    await wait_over()
    right = {"totp": TOTP(AUTHENTICATORS[session["account_id"]]).now()}
    assert (await accounts.call("POST", SHOW, right, token=token)).status == 201
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select failures from second_factor_tries") == 0


async def test_recovery_codes_share_the_tries_of_the_authenticator(accounts: Accounts) -> None:
    session = await staff_session(accounts)
    token = session["access_token"]
    for number in range(5):
        body = {"recovery_code": f"00000-0000{number}"}
        assert (await accounts.call("POST", SHOW, body, token=token)).status == 422
    body = {"totp": wrong_codes(session, 1)[0]}
    assert (await accounts.call("POST", SHOW, body, token=token)).status == 429


async def test_nobody_is_locked_out_by_somebody_elses_tries(accounts: Accounts) -> None:
    session = await staff_session(accounts)
    # Without being signed in there is nothing to try.
    for code in wrong_codes(session, 6):
        assert (await accounts.call("POST", SHOW, {"totp": code})).status == 401
    # Being signed in as somebody else, one tries only for oneself.
    stranger = (await accounts.sign_in(LIN))["access_token"]
    for code in wrong_codes(session, 6):
        await accounts.call("POST", SHOW, {"totp": code}, token=stranger)
    body = {"totp": TOTP(AUTHENTICATORS[session["account_id"]]).now()}
    shown = await accounts.call("POST", SHOW, body, token=session["access_token"])
    assert shown.status == 201


async def test_a_lockout_leaves_the_passkey_open(accounts: Accounts) -> None:
    passkey = SoftwareAuthenticator()
    token = (await accounts.sign_in(OFFICE_EMAIL))["access_token"]
    added = await add(accounts, token, passkey)
    assert added.status == 201
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update second_factor_tries set failures = 50, next_try_at = now() + interval '1 hour'"
        )
    prepared = (await accounts.call("POST", "/v1/passkey-challenges")).json
    body = {
        "challenge_id": prepared["challenge_id"],
        "credential": passkey.get(prepared["options"]),
    }
    assert (await accounts.call("POST", "/v1/sessions/passkeys", body)).status == 201


async def test_second_factors_are_changed_ten_minutes_after_one_was_shown_at_most(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update sessions set second_factor_at = second_factor_at - interval '11 minutes'"
        )
    path, token = f"{FACTORS}/recovery-codes", session["access_token"]
    stale = await accounts.call("POST", path, token=token)
    assert (stale.status, stale.code) == (403, "fresh_second_factor_needed")
    fresh = await accounts.show_second_factor(session)
    answer = await accounts.call("POST", path, token=fresh["access_token"])
    assert answer.status == 201


async def test_passkey_challenges_name_nobody_and_are_never_alike(accounts: Accounts) -> None:
    made = [(await accounts.call("POST", "/v1/passkey-challenges")).json for _ in range(10)]
    assert len({one["options"]["challenge"] for one in made}) == 10
    for one in made:
        assert one.keys() == {"challenge_id", "options"}
        assert "user" not in one["options"]
        assert len(one["options"]["challenge"]) >= 43


async def test_no_secret_of_signing_in_is_logged(
    accounts: Accounts, capsys: pytest.CaptureFixture[str]
) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    made = await accounts.call("POST", f"{FACTORS}/recovery-codes", token=session["access_token"])
    code = made.json["recovery_codes"][0]
    await accounts.call("POST", SHOW, {"recovery_code": code}, token=session["access_token"])
    logged = capsys.readouterr().out
    assert "recovery_codes.replaced" in logged
    hidden = [
        AUTHENTICATORS[session["account_id"]],
        *made.json["recovery_codes"],
        session["access_token"],
        session["session_token"],
        OFFICE_EMAIL,
    ]
    assert [one for one in hidden if one in logged] == []
    assert not re.search(r"otpauth:", logged)

import asyncio
from typing import Any

import pytest

from shared.db import acquire
from tests.accounts.accounts_client import OFFICE_EMAIL, Accounts, Answer, Json
from tests.accounts.software_authenticator import (
    PRESENT,
    VERIFIED,
    SoftwareAuthenticator,
    decoded,
)
from tests.accounts.test_second_factors import claims

LIN = "lin@example.com"
REFUSED = (422, "passkey_not_accepted")


async def add(
    accounts: Accounts,
    token: str,
    authenticator: SoftwareAuthenticator,
    name: str = "手机",
) -> Answer:
    prepared = await accounts.call("POST", "/v1/me/passkey-challenges", token=token)
    assert prepared.status == 201, prepared.text
    return await accounts.call(
        "POST",
        "/v1/me/passkeys",
        {
            "challenge_id": prepared.json["challenge_id"],
            "name": name,
            "credential": authenticator.create(prepared.json["options"]),
        },
        token=token,
    )


async def challenge(accounts: Accounts) -> Json:
    prepared = await accounts.call("POST", "/v1/passkey-challenges")
    assert prepared.status == 201
    found: Json = prepared.json
    return found


async def sign_in(
    accounts: Accounts,
    authenticator: SoftwareAuthenticator,
    prepared: Json | None = None,
    **said: object,
) -> Answer:
    prepared = prepared or await challenge(accounts)
    body = {
        "challenge_id": prepared["challenge_id"],
        "credential": authenticator.get(prepared["options"]),
        **said,
    }
    return await accounts.call("POST", "/v1/sessions/passkeys", body)


@pytest.fixture
async def enrolled(accounts: Accounts) -> SoftwareAuthenticator:
    """A passkey of somebody of the office."""
    authenticator = SoftwareAuthenticator()
    token = (await accounts.sign_in_with_code(OFFICE_EMAIL))["access_token"]
    assert (await add(accounts, token, authenticator)).status == 201
    return authenticator


async def test_a_passkey_signs_in_without_a_code_and_is_both_factors(
    accounts: Accounts, enrolled: SoftwareAuthenticator
) -> None:
    answer = await sign_in(accounts, enrolled)
    assert answer.status == 201
    assert answer.json["second_factor"] == "done"
    assert answer.json["roles"] == ["office_director", "visitor"]
    assert claims(answer.json["access_token"])["amr"] == ["pop", "mfa"]


async def test_adding_a_passkey_is_a_second_factor_and_brings_recovery_codes_once(
    accounts: Accounts,
) -> None:
    token = (await accounts.sign_in_with_code(OFFICE_EMAIL))["access_token"]
    first = await add(accounts, token, SoftwareAuthenticator())
    assert first.json["session"]["roles"] == ["office_director", "visitor"]
    assert len(first.json["recovery_codes"]) == 10
    second = await add(
        accounts, first.json["session"]["access_token"], SoftwareAuthenticator(), "电脑"
    )
    assert (second.status, second.json["recovery_codes"]) == (201, None)
    token = second.json["session"]["access_token"]
    listed = (await accounts.call("GET", "/v1/me/second-factors", token=token)).json
    assert [one["name"] for one in listed["passkeys"]] == ["手机", "电脑"]


async def test_what_a_browser_is_told_finds_the_person_and_asks_for_their_pin(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(LIN)
    prepared = await accounts.call(
        "POST", "/v1/me/passkey-challenges", token=session["access_token"]
    )
    options = prepared.json["options"]
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert decoded(options["user"]["id"]).hex() == session["account_id"].replace("-", "")
    asked = (await challenge(accounts))["options"]
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", "required")
    assert asked.get("allowCredentials", []) == []


async def test_a_removed_passkey_is_worth_nothing(
    accounts: Accounts, enrolled: SoftwareAuthenticator
) -> None:
    token = (await sign_in(accounts, enrolled)).json["access_token"]
    (passkey,) = (await accounts.call("GET", "/v1/me/second-factors", token=token)).json["passkeys"]
    path = f"/v1/me/passkeys/{passkey['passkey_id']}"
    other = (await accounts.sign_in(LIN))["access_token"]
    assert (await accounts.call("DELETE", path, token=other)).status == 404
    assert (await accounts.call("DELETE", path, token=token)).status == 204
    assert (await accounts.call("DELETE", path, token=token)).status == 404
    answer = await sign_in(accounts, enrolled)
    assert (answer.status, answer.code) == REFUSED


async def test_a_challenge_is_answered_once(
    accounts: Accounts, enrolled: SoftwareAuthenticator
) -> None:
    prepared = await challenge(accounts)
    body = {
        "challenge_id": prepared["challenge_id"],
        "credential": enrolled.get(prepared["options"]),
    }
    answers = await asyncio.gather(
        *(accounts.call("POST", "/v1/sessions/passkeys", body) for _ in range(8))
    )
    assert sorted(answer.status for answer in answers) == [201] + [422] * 7


async def test_a_challenge_lives_five_minutes(
    accounts: Accounts, enrolled: SoftwareAuthenticator
) -> None:
    prepared = await challenge(accounts)
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update passkey_challenges set created_at = created_at - interval '5 minutes',"
            " expires_at = expires_at - interval '5 minutes'"
        )
    answer = await sign_in(accounts, enrolled, prepared)
    assert (answer.status, answer.code) == REFUSED


async def test_a_wrong_answer_uses_its_challenge_up(
    accounts: Accounts, enrolled: SoftwareAuthenticator
) -> None:
    prepared = await challenge(accounts)
    enrolled.origin = "https://evil.example"
    assert (await sign_in(accounts, enrolled, prepared)).status == 422
    enrolled.origin = "http://localhost:8080"
    assert (await sign_in(accounts, enrolled, prepared)).status == 422
    assert (await sign_in(accounts, enrolled)).status == 201


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param({"origin": "http://127.0.0.1:8080"}, id="another-origin"),
        pytest.param({"rp_id": "evil.example"}, id="another-site"),
        pytest.param({"flags": PRESENT}, id="nobody-verified"),
        pytest.param({"flags": VERIFIED}, id="nobody-present"),
        pytest.param({"credential_id": b"another"}, id="unknown-passkey"),
        pytest.param({"key": SoftwareAuthenticator().key}, id="another-key"),
    ],
)
async def test_a_passkey_that_lies_is_refused(
    accounts: Accounts, enrolled: SoftwareAuthenticator, lie: dict[str, Any]
) -> None:
    for name, value in lie.items():
        setattr(enrolled, name, value)
    answer = await sign_in(accounts, enrolled)
    assert (answer.status, answer.code) == REFUSED


async def test_a_copy_whose_counter_does_not_rise_is_refused(
    accounts: Accounts, enrolled: SoftwareAuthenticator
) -> None:
    assert (await sign_in(accounts, enrolled)).status == 201
    prepared = await challenge(accounts)
    body = {
        "challenge_id": prepared["challenge_id"],
        "credential": enrolled.sign(prepared["options"]["challenge"]),
    }
    answer = await accounts.call("POST", "/v1/sessions/passkeys", body)
    assert (answer.status, answer.code) == REFUSED


async def test_nonsense_in_place_of_a_passkey_is_refused(
    accounts: Accounts, enrolled: SoftwareAuthenticator
) -> None:
    good = enrolled.sign((await challenge(accounts))["options"]["challenge"])
    for changed in (
        {},
        {"id": 7},
        {"id": "é"},
        {**good, "response": {}},
        {**good, "rawId": "AA"},
        {**good, "response": {**good["response"], "authenticatorData": "AA"}},
        {**good, "response": {**good["response"], "clientDataJSON": "e30"}},
        {**good, "response": {**good["response"], "signature": None}},
    ):
        prepared = await challenge(accounts)
        body = {"challenge_id": prepared["challenge_id"], "credential": changed}
        answer = await accounts.call("POST", "/v1/sessions/passkeys", body)
        assert (answer.status, answer.code) == REFUSED, changed


async def test_a_new_passkey_is_checked_as_well(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    for lying in (
        SoftwareAuthenticator(origin="https://evil.example"),
        SoftwareAuthenticator(rp_id="evil.example"),
        SoftwareAuthenticator(flags=PRESENT),
    ):
        answer = await add(accounts, token, lying)
        assert (answer.status, answer.code) == REFUSED
    listed = await accounts.call("GET", "/v1/me/second-factors", token=token)
    assert listed.json["passkeys"] == []


async def test_a_challenge_for_a_new_passkey_is_its_askers_own(accounts: Accounts) -> None:
    lin = (await accounts.sign_in(LIN))["access_token"]
    wu = (await accounts.sign_in("wu@example.com"))["access_token"]
    prepared = await accounts.call("POST", "/v1/me/passkey-challenges", token=lin)
    body = {
        "challenge_id": prepared.json["challenge_id"],
        "name": "x",
        "credential": SoftwareAuthenticator().create(prepared.json["options"]),
    }
    answer = await accounts.call("POST", "/v1/me/passkeys", body, token=wu)
    assert (answer.status, answer.code) == REFUSED
    sign_in_body = {key: body[key] for key in ("challenge_id", "credential")}
    answer = await accounts.call("POST", "/v1/sessions/passkeys", sign_in_body)
    assert (answer.status, answer.code) == REFUSED


async def test_one_passkey_has_one_account(
    accounts: Accounts, enrolled: SoftwareAuthenticator
) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    answer = await add(accounts, token, enrolled)
    assert (answer.status, answer.code) == (409, "passkey_known")


async def test_an_account_has_ten_passkeys_at_most(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    for _ in range(10):
        token = (await add(accounts, token, SoftwareAuthenticator())).json["session"][
            "access_token"
        ]
    answer = await accounts.call("POST", "/v1/me/passkey-challenges", token=token)
    assert (answer.status, answer.code) == (409, "too_many_passkeys")


async def test_a_closed_account_is_not_opened_by_its_passkey(
    accounts: Accounts, enrolled: SoftwareAuthenticator
) -> None:
    async with acquire(accounts.database) as conn:
        await conn.execute("update accounts set deactivated_at = now()")
    answer = await sign_in(accounts, enrolled)
    assert (answer.status, answer.code) == (403, "account_deactivated")

"""What weighs most needs a second factor of the last ten minutes: an open session is not enough."""

from datetime import timedelta

import pytest

from deploy.generate.api_documents import routes_of_all
from services.accounts.api_keys import SCOPES
from shared.core.clock import SystemClock
from shared.core.ids import new_id
from shared.core.permissions import PERMISSIONS
from shared.db import acquire
from shared.http.access import Caller
from shared.http.openapi import openapi_document
from tests.accounts.accounts_client import OFFICE_EMAIL, Accounts, Answer, Json
from tests.accounts.software_authenticator import SoftwareAuthenticator
from tests.accounts.test_passkeys import add
from tests.accounts.test_second_factors import claims
from tests.security.test_route_matrix import FRESH_ACTS

LIN, WU = "lin@example.com", "wu@example.com"
ELEVEN_MINUTES = timedelta(minutes=11)


async def appoint(accounts: Accounts, session: Json) -> Answer:
    body = {"email": WU, "role": "office_viewer"}
    return await accounts.call("POST", "/v1/office-members", body, token=session["access_token"])


async def let_eleven_minutes_pass(accounts: Accounts, session: Json) -> Json:
    """Return the session as it is eleven minutes later, when it was renewed meanwhile."""
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update sessions set second_factor_at = second_factor_at - $1::interval",
            ELEVEN_MINUTES,
        )
    renewed: Json = (await accounts.renew(session["session_token"])).json
    return renewed


async def test_a_renewal_makes_a_second_factor_no_younger(accounts: Accounts) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    first = claims(session["access_token"])["mfa_at"]
    assert abs(first - SystemClock().now().timestamp()) < 60
    renewed = (await accounts.renew(session["session_token"])).json
    assert claims(renewed["access_token"])["mfa_at"] == first
    later = await let_eleven_minutes_pass(accounts, renewed)
    assert claims(later["access_token"])["mfa_at"] == first - 660


async def test_a_session_that_was_left_open_appoints_nobody_until_a_factor_is_shown_again(
    accounts: Accounts,
) -> None:
    session = await accounts.sign_in(OFFICE_EMAIL)
    assert (await appoint(accounts, session)).status == 201
    stale = await let_eleven_minutes_pass(accounts, session)
    refused = await appoint(accounts, stale)
    assert (refused.status, refused.code) == (403, "fresh_second_factor_needed")
    assert (refused.json["minutes"], "10" in refused.json["detail"]) == (10, True)
    # Reading goes on, and so does everything that weighs less.
    token = stale["access_token"]
    assert (await accounts.call("GET", "/v1/office-members", token=token)).status == 200
    shown = await accounts.show_second_factor(stale)
    assert (await appoint(accounts, shown)).status == 201


async def test_a_passkey_is_a_fresh_second_factor(accounts: Accounts) -> None:
    passkey = SoftwareAuthenticator()
    session = await accounts.sign_in(OFFICE_EMAIL)
    added = (await add(accounts, session["access_token"], passkey)).json["session"]
    stale = await let_eleven_minutes_pass(accounts, added)
    assert (await appoint(accounts, stale)).code == "fresh_second_factor_needed"
    prepared = (await accounts.call("POST", "/v1/passkey-challenges")).json
    body = {
        "challenge_id": prepared["challenge_id"],
        "credential": passkey.get(prepared["options"]),
    }
    signed_in = await accounts.call("POST", "/v1/sessions/passkeys", body)
    assert (await appoint(accounts, signed_in.json)).status == 201


async def test_an_owner_makes_a_key_freshly_and_ends_one_at_once(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    organisation = await accounts.create_organisation(session["access_token"])
    owner = await accounts.enrol((await accounts.renew(session["session_token"])).json)
    body = {"organisation_id": organisation, "name": "gate", "scopes": ["gate.check_in"]}
    made = await accounts.call("POST", "/v1/api-keys", body, token=owner["access_token"])
    assert made.status == 201
    token = (await let_eleven_minutes_pass(accounts, owner))["access_token"]
    again = await accounts.call("POST", "/v1/api-keys", body, token=token)
    assert (again.status, again.code) == (403, "fresh_second_factor_needed")
    path = f"/v1/api-keys/{made.json['key_id']}"
    assert (await accounts.call("DELETE", path, token=token)).status == 204


def test_no_program_does_what_needs_a_fresh_second_factor() -> None:
    assert not {name for name in SCOPES if PERMISSIONS[name].fresh}
    now = SystemClock().now()
    person = Caller(account_id=new_id(), second_factor_at=now)
    program = Caller(account_id=new_id(), second_factor_at=now, scopes=frozenset({"role.manage"}))
    assert (person.has_fresh_second_factor(now), program.has_fresh_second_factor(now)) == (
        True,
        False,
    )


@pytest.mark.parametrize(
    ("seconds", "fresh"), [(0, True), (600, True), (601, False), (-30, True)], ids=str
)
def test_ten_minutes_are_ten_minutes(seconds: int, fresh: bool) -> None:  # noqa: FBT001
    now = SystemClock().now()
    caller = Caller(account_id=new_id(), second_factor_at=now - timedelta(seconds=seconds))
    assert caller.has_fresh_second_factor(now) is fresh


def test_the_acts_that_weigh_most_are_documented_as_such() -> None:
    found = {
        f"{method.upper()} {path}"
        for service, routes in routes_of_all()
        for path, operations in openapi_document(service, routes)["paths"].items()
        for method, operation in operations.items()
        if "`fresh_second_factor_needed`" in str(operation["responses"].get("403"))
        and not path.startswith("/v1/me/")
    }
    assert found == FRESH_ACTS

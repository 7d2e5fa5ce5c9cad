import base64
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from shared.core.clock import SystemClock
from shared.core.errors import NotSignedIn
from shared.http.app import published_keys
from shared.http.client import HttpConnections
from shared.http.service_tokens import ServiceTokens
from shared.http.tokens import TokenVerifier
from tests.accounts.accounts_client import SECRET, Accounts, serve_accounts
from tests.conftest import DatabaseUrl

OLD = base64.urlsafe_b64encode(b"o" * 32).decode()
NEW = base64.urlsafe_b64encode(b"n" * 32).decode()


@pytest.mark.parametrize("service", ["venues", "bookings", "notifications", "statistics", "web"])
async def test_a_service_gets_a_token_of_ten_minutes(accounts: Accounts, service: str) -> None:
    answer = await accounts.call(
        "POST", "/v1/service-tokens", {"service": service, "secret": SECRET}
    )
    assert answer.status == 201
    left = datetime.fromisoformat(answer.json["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=9, seconds=50) < left <= timedelta(minutes=10)
    token = answer.json["access_token"]
    keys = KeySet.import_key_set((await accounts.call("GET", "/.well-known/jwks.json")).json)
    claims = jwt.decode(token, keys, algorithms=["Ed25519"]).claims
    assert (claims["iss"], claims["sub"]) == ("xiangyou-accounts", f"service:{service}")


async def test_a_wrong_name_and_a_wrong_secret_are_refused_alike(accounts: Accounts) -> None:
    for service, secret in (
        ("bookings", "guessed"),
        ("bookings", "密钥"),
        ("nobody", SECRET),
        ("accounts", SECRET),
        ("service:bookings", SECRET),
    ):
        answer = await accounts.call(
            "POST", "/v1/service-tokens", {"service": service, "secret": secret}
        )
        assert (answer.status, answer.code) == (401, "service_not_recognised")


async def test_each_service_has_a_secret_of_its_own(
    accounts: Accounts, database_url: DatabaseUrl
) -> None:
    secrets = {"bookings": "one", "venues": "two"}
    url = database_url("accounts")
    async with serve_accounts(
        accounts.notifications, database_url=url, service_secrets=secrets
    ) as changed:
        for service, secret, status in (
            ("bookings", "one", 201),
            ("bookings", "two", 401),
            ("venues", "two", 201),
            ("web", SECRET, 401),
        ):
            answer = await changed.call(
                "POST", "/v1/service-tokens", {"service": service, "secret": secret}
            )
            assert answer.status == status


async def test_another_service_verifies_tokens_by_the_published_keys(accounts: Accounts) -> None:
    session = await accounts.sign_in("office@xiangyou.example")
    http = HttpConnections()
    base_url = str(accounts.client.make_url("/"))
    try:
        verifier = TokenVerifier(published_keys(base_url, http), SystemClock())
        person = await verifier.verify(session["access_token"])
        assert str(person.account_id) == session["account_id"]
        assert person.is_office
        assert person.session_id is not None
        secret = accounts.settings.service_secrets["bookings"]
        tokens = ServiceTokens(base_url, "bookings", secret, http, SystemClock())
        assert (await verifier.verify(await tokens.get())).service == "bookings"
    finally:
        await http.close()


async def test_public_keys_are_published_without_the_private_halves(accounts: Accounts) -> None:
    answer = await accounts.call("GET", "/.well-known/jwks.json")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    (key,) = answer.json["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}
    assert (key["kty"], key["crv"], key["use"]) == ("OKP", "Ed25519", "sig")


async def test_tokens_of_the_old_key_hold_until_it_is_withdrawn(
    accounts: Accounts, database_url: DatabaseUrl
) -> None:
    peer, url = accounts.notifications, database_url("accounts")
    both = {"old": OLD, "new": NEW}
    async with serve_accounts(
        peer, database_url=url, signing_keys={"old": OLD}, signing_key_id="old"
    ) as before:
        token = (await before.sign_in("lin@example.com"))["access_token"]
    async with serve_accounts(
        peer, database_url=url, signing_keys=both, signing_key_id="new"
    ) as during:
        assert (await during.call("GET", "/v1/me", token=token)).status == 200
        keys = (await during.call("GET", "/.well-known/jwks.json")).json["keys"]
        assert {key["kid"] for key in keys} == {"old", "new"}
    async with serve_accounts(
        peer, database_url=url, signing_keys={"new": NEW}, signing_key_id="new"
    ) as after:
        assert (await after.call("GET", "/v1/me", token=token)).status == 401


async def test_a_token_is_good_for_fifteen_minutes(accounts: Accounts) -> None:
    session = await accounts.sign_in("lin@example.com")
    expires_at = datetime.fromisoformat(session["expires_at"])
    left = expires_at - datetime.now(UTC)
    assert timedelta(minutes=14, seconds=50) < left <= timedelta(minutes=15)

    class Later:
        def now(self) -> datetime:
            return expires_at

    http = HttpConnections()
    try:
        keys = published_keys(str(accounts.client.make_url("/")), http)
        with pytest.raises(NotSignedIn):
            await TokenVerifier(keys, Later()).verify(session["access_token"])
    finally:
        await http.close()

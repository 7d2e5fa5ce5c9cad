"""Tokens: forged, expired and strange ones are refused; keys are fetched seldom."""

import asyncio
import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from shared.core.errors import NotSignedIn, Unavailable
from shared.http import tokens as tokens_module
from shared.http.tokens import TokenVerifier
from tests.support.tokens import TokenMaker


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def advance(self, **by: float) -> None:
        self.instant += timedelta(**by)


class Accounts:
    """Publishes keys, counts how often it is asked, and can be away."""

    def __init__(self, *makers: TokenMaker) -> None:
        self.makers = list(makers)
        self.asked = 0
        self.away = False

    async def __call__(self) -> Mapping[str, Any]:
        self.asked += 1
        await asyncio.sleep(0.01)
        if self.away:
            raise Unavailable
        return {"keys": [key for maker in self.makers for key in maker.published()["keys"]]}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def maker(clock: HandClock) -> TokenMaker:
    return TokenMaker(clock)


@pytest.fixture
def accounts(maker: TokenMaker) -> Accounts:
    return Accounts(maker)


@pytest.fixture
def verifier(accounts: Accounts, clock: HandClock) -> TokenVerifier:
    return TokenVerifier(accounts, clock)


async def test_a_token_is_good_until_it_expires(
    verifier: TokenVerifier, maker: TokenMaker, clock: HandClock
) -> None:
    token = maker.person(life=timedelta(minutes=15))
    caller = await verifier.verify(token)
    assert caller.roles == {"visitor"}
    clock.advance(minutes=14, seconds=59)
    assert await verifier.verify(token) is caller
    clock.advance(seconds=1)
    for _ in range(2):
        with pytest.raises(NotSignedIn):
            await verifier.verify(token)


async def test_keys_are_fetched_once_for_many_requests(
    verifier: TokenVerifier, maker: TokenMaker, accounts: Accounts
) -> None:
    await asyncio.gather(*(verifier.verify(maker.person()) for _ in range(20)))
    assert accounts.asked == 1


async def test_a_new_key_is_fetched_but_strange_keys_are_asked_for_seldom(
    verifier: TokenVerifier, maker: TokenMaker, accounts: Accounts, clock: HandClock
) -> None:
    await verifier.verify(maker.person())
    newer = TokenMaker(clock, key_id="newer")
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            await verifier.verify(newer.person())
    assert accounts.asked == 1
    accounts.makers.append(newer)
    clock.advance(seconds=5)
    await verifier.verify(newer.person())
    assert accounts.asked == 2


async def test_while_accounts_is_away_known_keys_serve_and_unknown_ones_wait(
    verifier: TokenVerifier, maker: TokenMaker, accounts: Accounts, clock: HandClock
) -> None:
    accounts.away = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            await verifier.verify(maker.person())
    assert accounts.asked == 1
    accounts.away = False
    clock.advance(seconds=1)
    await verifier.verify(maker.person())
    accounts.away = True
    clock.advance(seconds=5)
    with pytest.raises(Unavailable):
        await verifier.verify(TokenMaker(clock, key_id="newer").person())
    await verifier.verify(maker.person())


async def test_a_token_by_another_key_under_a_known_id_is_refused(
    verifier: TokenVerifier, clock: HandClock
) -> None:
    with pytest.raises(NotSignedIn):
        await verifier.verify(TokenMaker(clock).person())


async def test_a_changed_token_is_refused(verifier: TokenVerifier, maker: TokenMaker) -> None:
    header, _, signature = maker.person().split(".")
    claims = {"iss": "xiangyou-accounts", "sub": "service:accounts", "exp": 9_999_999_999}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    with pytest.raises(NotSignedIn):
        await verifier.verify(f"{header}.{forged}.{signature}")


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    verifier: TokenVerifier, maker: TokenMaker
) -> None:
    public = maker.published()["keys"][0]["x"]
    secret = OctKey.import_key(base64.urlsafe_b64decode(public + "="))
    header = {"alg": "HS256", "kid": "test"}
    token = jwt.encode(header, {"iss": "xiangyou-accounts", "sub": "service:web"}, secret)
    with pytest.raises(NotSignedIn):
        await verifier.verify(token)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "somebody-else", "sub": "service:web"},
        {"sub": "not an id"},
        {"sub": None},
        {"sub": "service:web", "exp": "tomorrow"},
        *(
            {"sub": "0190c0de-0000-7000-8000-000000000001", "grants": [grant]}
            for grant in (
                {"organisation": "x", "role": "owner"},
                {"o": "", "r": "owner"},
                {"o": "x", "r": "owner"},
                {"o": "é", "r": "owner"},
                {"o": "A" * 43, "r": "owner"},
                {"o": "A" * 22, "r": "owner", "v": "AAAA"},
            )
        ),
        {"sub": "0190c0de-0000-7000-8000-000000000001", "roles": "office"},
    ],
)
async def test_a_token_with_strange_claims_is_refused(
    verifier: TokenVerifier, maker: TokenMaker, claims: dict[str, Any]
) -> None:
    with pytest.raises(NotSignedIn):
        await verifier.verify(maker.sign(claims))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "....", "é.é.é", "eyJhbGciOiJub25lIn0.e30."])
async def test_nonsense_is_refused(verifier: TokenVerifier, token: str) -> None:
    with pytest.raises(NotSignedIn):
        await verifier.verify(token)


async def test_an_endless_token_is_refused_unread(
    verifier: TokenVerifier, accounts: Accounts
) -> None:
    with pytest.raises(NotSignedIn):
        await verifier.verify("x" * 100_000)
    assert accounts.asked == 0


async def test_only_so_many_tokens_are_remembered(
    verifier: TokenVerifier, maker: TokenMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens_module, "REMEMBERED", 3)
    tokens = [maker.person() for _ in range(5)]
    callers = [await verifier.verify(token) for token in tokens]
    assert await verifier.verify(tokens[4]) is callers[4]
    assert await verifier.verify(tokens[0]) is not callers[0]

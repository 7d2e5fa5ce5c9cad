"""Changing the key that signs tokens, step by step, under the eyes of a service that runs on."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.accounts.__main__ import main
from shared.core.clock import SystemClock
from shared.core.errors import NotSignedIn
from shared.http.tokens import TokenVerifier
from tests.accounts.accounts_client import Accounts, Notifications, serve_accounts
from tests.conftest import DatabaseUrl

LIN = "lin@example.com"


class LaterClock:
    """The system's clock, some seconds ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead


class RunningService:
    """A service that checks tokens while accounts is restarted with other settings."""

    def __init__(self) -> None:
        self.clock = LaterClock()
        self.accounts: Accounts | None = None
        self.verifier = TokenVerifier(self._fetch, self.clock)

    async def takes(self, token: str) -> bool:
        try:
            await self.verifier.verify(token)
        except NotSignedIn:
            return False
        return True

    async def after_a_while(self) -> None:
        """Let the next round of fetching keys come."""
        self.clock.ahead += timedelta(seconds=10)
        await self.verifier.forget_dropped_keys()

    async def _fetch(self) -> Mapping[str, Any]:
        assert self.accounts is not None
        keys: Mapping[str, Any] = (await self.accounts.call("GET", "/.well-known/jwks.json")).json
        return keys


def settings_after(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, **now: object
) -> dict[str, Any]:
    """Return the settings that the command shows to somebody with these settings."""
    monkeypatch.setenv("ACCOUNTS_SIGNING_KEYS", json.dumps(now["signing_keys"]))
    monkeypatch.setenv("ACCOUNTS_SIGNING_KEY_ID", str(now["signing_key_id"]))
    assert main(["new-signing-key"]) == 0
    # Settings merge maps of the environment with those that a test gives.
    for name in ("ACCOUNTS_SIGNING_KEYS", "ACCOUNTS_SIGNING_KEY_ID"):
        monkeypatch.delenv(name)
    lines = capsys.readouterr().out.splitlines()
    shown = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    return {
        "signing_keys": json.loads(shown["ACCOUNTS_SIGNING_KEYS"]),
        "signing_key_id": shown["ACCOUNTS_SIGNING_KEY_ID"],
    }


async def test_a_key_is_published_signs_and_is_dropped_and_nobody_is_signed_out(
    notifications: Notifications,
    database_url: DatabaseUrl,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service, url = RunningService(), database_url("accounts")

    @asynccontextmanager
    async def restarted(**settings: object) -> AsyncIterator[Accounts]:
        async with serve_accounts(notifications, database_url=url, **settings) as running:
            service.accounts = running
            yield running

    start = {"signing_keys": {"old": "A" * 43 + "="}, "signing_key_id": "old"}
    async with restarted(**start) as accounts:
        session = await accounts.sign_in(LIN)
        old = session["access_token"]
        assert await service.takes(old)
    published = settings_after(capsys, monkeypatch, **start)
    (new,) = published["signing_keys"].keys() - {"old"}
    assert published["signing_key_id"] == "old"
    async with restarted(**published) as accounts:
        session = (await accounts.renew(session["session_token"])).json
        assert await service.takes(session["access_token"])
        await service.after_a_while()
    async with restarted(**{**published, "signing_key_id": new}) as accounts:
        # Both are good for fifteen minutes: the service has known the new key beforehand.
        session = (await accounts.renew(session["session_token"])).json
        assert await service.takes(session["access_token"])
        assert await service.takes(old)
    last = {"signing_keys": {new: published["signing_keys"][new]}, "signing_key_id": new}
    async with restarted(**last) as accounts:
        await service.after_a_while()
        assert not await service.takes(old)
        assert await service.takes(session["access_token"])
        renewed = await accounts.renew(session["session_token"])
        assert renewed.status == 201

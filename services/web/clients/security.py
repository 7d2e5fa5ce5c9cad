"""The accounts service: second factors, passkeys, and where one is signed in."""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from services.web.clients.asking import Asking
from services.web.clients.seen import Seen
from services.web.domain.viewer import Viewer
from shared.http.client import ServiceClient


class Passkey(Seen):
    """A passkey by its name."""

    passkey_id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None = None


class SecondFactors(Seen):
    """What an account has of second factors."""

    authenticator_since: datetime | None = None
    recovery_codes_left: int = 0
    passkeys: tuple[Passkey, ...] = ()

    @property
    def has_any(self) -> bool:
        """Whether there is one at all."""
        return self.authenticator_since is not None or bool(self.passkeys)


class OwnSession(Seen):
    """Where one is signed in."""

    session_id: UUID
    browser: str | None = None
    system: str | None = None
    created_at: datetime
    last_used_at: datetime
    is_current: bool = False


class OwnSessions(Seen):
    """The newest sessions; nobody reads more than fifty."""

    items: tuple[OwnSession, ...] = ()


class Started(Seen):
    """An authenticator that waits to be confirmed."""

    secret: str
    uri: str


class Enrolled(Seen):
    """The new session, and recovery codes with the first second factor."""

    session: Viewer
    recovery_codes: tuple[str, ...] | None = None


class RecoveryCodes(Seen):
    """Ten new codes."""

    recovery_codes: tuple[str, ...]


class PasskeyChallenge(Seen):
    """What a browser makes or asks for a passkey by."""

    challenge_id: UUID
    options: dict[str, JsonValue]


class SecurityClient:
    """What the pages ask of accounts about signing in safely. Raises ProblemAnswer, Unavailable."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def show_totp(self, viewer: Viewer, code: str) -> Viewer:
        """Exchange the session for one with a second factor, by the authenticator's code."""
        return await self._show(viewer, {"totp": code})

    async def show_recovery_code(self, viewer: Viewer, code: str) -> Viewer:
        """Do the same by a recovery code."""
        return await self._show(viewer, {"recovery_code": code})

    async def factors(self, viewer: Viewer) -> SecondFactors:
        """Return one's own second factors."""
        return await self._client.get(
            "/v1/me/second-factors", SecondFactors, token=viewer.access_token
        )

    async def start_authenticator(self, viewer: Viewer) -> Started:
        """Make a secret for an authenticator app."""
        path = "/v1/me/second-factors/totp"
        return await self._client.post(path, Started, token=viewer.access_token)

    async def confirm_authenticator(self, viewer: Viewer, code: str) -> Enrolled:
        """Confirm the app by its first code."""
        path = "/v1/me/second-factors/totp/confirmations"
        body: dict[str, JsonValue] = {"code": code}
        return await self._client.post(path, Enrolled, json=body, token=viewer.access_token)

    async def remove_authenticator(self, viewer: Viewer) -> None:
        """Remove the app."""
        await self._client.delete("/v1/me/second-factors/totp", token=viewer.access_token)

    async def new_recovery_codes(self, viewer: Viewer) -> tuple[str, ...]:
        """Make new recovery codes in place of the old ones."""
        path = "/v1/me/second-factors/recovery-codes"
        made = await self._client.post(path, RecoveryCodes, token=viewer.access_token)
        return made.recovery_codes

    async def passkey_to_make(self, by: Asking) -> PasskeyChallenge:
        """Return what the browser makes a passkey by."""
        path = "/v1/me/passkey-challenges"
        return await self._client.post(path, PasskeyChallenge, **by.options)

    async def add_passkey(self, by: Asking, made: dict[str, JsonValue]) -> Enrolled:
        """Add the passkey that the browser has made."""
        return await self._client.post("/v1/me/passkeys", Enrolled, json=made, **by.options)

    async def remove_passkey(self, viewer: Viewer, passkey_id: UUID) -> None:
        """Remove a passkey."""
        await self._client.delete(f"/v1/me/passkeys/{passkey_id}", token=viewer.access_token)

    async def passkey_to_use(self, browser: dict[str, str]) -> PasskeyChallenge:
        """Return what the browser asks for a passkey by."""
        return await self._client.post("/v1/passkey-challenges", PasskeyChallenge, headers=browser)

    async def sign_in(self, used: dict[str, JsonValue], browser: dict[str, str]) -> Viewer:
        """Exchange a passkey's answer, and perhaps what its owner agreed to, for a session."""
        return await self._client.post("/v1/sessions/passkeys", Viewer, json=used, headers=browser)

    async def sessions(self, viewer: Viewer) -> tuple[OwnSession, ...]:
        """Return where one is signed in."""
        found = await self._client.get("/v1/me/sessions", OwnSessions, token=viewer.access_token)
        return found.items

    async def end_session(self, viewer: Viewer, session_id: UUID) -> None:
        """Sign out on another device."""
        await self._client.delete(f"/v1/me/sessions/{session_id}", token=viewer.access_token)

    async def end_other_sessions(self, viewer: Viewer) -> None:
        """Sign out everywhere else."""
        await self._client.delete("/v1/me/other-sessions", token=viewer.access_token)

    async def _show(self, viewer: Viewer, body: dict[str, JsonValue]) -> Viewer:
        path = "/v1/sessions/second-factors"
        return await self._client.post(path, Viewer, json=body, token=viewer.access_token)

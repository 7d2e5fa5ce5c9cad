"""The accounts service: codes, sessions, one's own account."""

from uuid import UUID

from pydantic import JsonValue

from services.web.clients.asking import Asking
from services.web.clients.seen import Nothing, Seen
from services.web.domain.viewer import Viewer
from shared.core.localized import Language
from shared.http.client import ServiceClient


class Membership(Seen):
    """An organisation that a person works for."""

    organisation_id: UUID
    name: str


class Me(Seen):
    """One's own account."""

    account_id: UUID
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str = "zh"
    roles: tuple[str, ...] = ()
    organisations: tuple[Membership, ...] = ()


class CodeSent(Seen):
    """That a code is on its way; `attempt` goes back with it and is nobody else's to know."""

    attempt: str


class AccountsClient:
    """What the pages ask of accounts. Calls raise ProblemAnswer or Unavailable."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def send_code(
        self, contact: dict[str, str], language: Language, browser: dict[str, str]
    ) -> str:
        """Have a one-time code sent to known and unknown people alike; return the attempt."""
        body: dict[str, JsonValue] = {**contact, "language": language}
        # Accounts hands the message to the mail server before it answers.
        sent = await self._client.post(
            "/v1/login-codes", CodeSent, json=body, headers=browser, seconds=12.0
        )
        return sent.attempt

    async def sign_in(
        self, proof: dict[str, JsonValue], language: Language, browser: dict[str, str]
    ) -> Viewer:
        """Exchange contact, code and attempt for a session; a newcomer is told in this language."""
        return await self._client.post(
            "/v1/sessions", Viewer, json=proof, language=language, headers=browser
        )

    async def renew(self, session_token: str, browser: dict[str, str]) -> Viewer:
        """Exchange a session token for the next one."""
        body: dict[str, JsonValue] = {"session_token": session_token}
        return await self._client.post("/v1/sessions/renewals", Viewer, json=body, headers=browser)

    async def sign_out(self, viewer: Viewer) -> None:
        """End the session for good."""
        await self._client.delete("/v1/sessions/current", token=viewer.access_token)

    async def me(self, viewer: Viewer) -> Me:
        """Return one's own account."""
        return await self._client.get("/v1/me", Me, token=viewer.access_token)

    async def change_me(self, viewer: Viewer, name: str | None, language: Language) -> None:
        """Change one's own name and language."""
        body: dict[str, JsonValue] = {"name": name, "language": language}
        await self._client.patch("/v1/me", Nothing, json=body, token=viewer.access_token)

    async def send_contact_code(self, by: Asking, contact: dict[str, str]) -> str:
        """Have a code sent to a new contact of one's own; return the attempt."""
        body: dict[str, JsonValue] = {**contact, "language": by.language}
        sent = await self._client.post(
            "/v1/me/contact-codes", CodeSent, json=body, seconds=12.0, **by.options
        )
        return sent.attempt

    async def change_contact(
        self, by: Asking, contact: dict[str, str], code: str, attempt: str
    ) -> None:
        """Take a contact in the place of the one of its kind."""
        body: dict[str, JsonValue] = {**contact, "code": code, "attempt": attempt}
        await self._client.post("/v1/me/contacts", Nothing, json=body, **by.options)

    async def remove_contact(self, by: Asking, channel: str) -> None:
        """Remove one's phone number or mail address."""
        await self._client.delete(f"/v1/me/contacts/{channel}", **by.options)

"""The accounts service again: one's own data, what one agreed to, one's children."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from pydantic import JsonValue

from services.web.clients.asking import Asking
from services.web.clients.seen import Nothing, Seen, Words
from services.web.domain.viewer import Viewer
from shared.http.client import RawAnswer, ServiceClient

# Every service is asked for what it holds.
ARCHIVE_SECONDS: Final = 15.0


class ConsentText(Seen):
    """One version of a text that people agree to, or not."""

    text: str
    version: str
    is_current: bool = True
    is_required: bool = False
    title: Words
    body: Words


class ConsentTexts(Seen):
    """All texts; the current ones come first."""

    items: tuple[ConsentText, ...] = ()

    @property
    def current(self) -> tuple[ConsentText, ...]:
        """The texts that are asked for now."""
        return tuple(text for text in self.items if text.is_current)


class Consent(Seen):
    """That one agreed to a text, or took it back."""

    text: str
    version: str
    given: bool
    recorded_at: datetime


class Consents(Seen):
    """The latest word comes first."""

    items: tuple[Consent, ...] = ()


class Child(Seen):
    """A child whom one books for."""

    child_id: UUID
    name: str
    birth_year: int


class Children(Seen):
    """One's own children."""

    items: tuple[Child, ...] = ()


class PrivacyClient:
    """What the pages ask of accounts about one's data. Calls raise ProblemAnswer or Unavailable."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def texts(self) -> tuple[ConsentText, ...]:
        """Return the texts that people are asked to agree to now."""
        return (await self._client.get("/v1/consent-texts", ConsentTexts)).current

    async def consents(self, viewer: Viewer) -> dict[str, Consent]:
        """Return one's latest word about each text."""
        found = await self._client.get("/v1/me/consents", Consents, token=viewer.access_token)
        return {consent.text: consent for consent in reversed(found.items)}

    async def record(self, viewer: Viewer, text: str, version: str, *, given: bool) -> None:
        """Agree to a text, or take it back."""
        body: dict[str, JsonValue] = {"text": text, "version": version, "given": given}
        await self._create(viewer, "/v1/me/consents", body)

    async def children(self, viewer: Viewer) -> tuple[Child, ...]:
        """Return one's children."""
        found = await self._client.get("/v1/me/children", Children, token=viewer.access_token)
        return found.items

    async def add_child(self, viewer: Viewer, name: str, birth_year: int) -> None:
        """Keep a child."""
        body: dict[str, JsonValue] = {"name": name, "birth_year": birth_year}
        await self._create(viewer, "/v1/me/children", body)

    async def remove_child(self, viewer: Viewer, child_id: UUID) -> None:
        """Delete a child."""
        await self._client.delete(f"/v1/me/children/{child_id}", token=viewer.access_token)

    async def archive(self, viewer: Viewer) -> RawAnswer:
        """Return everything that is held about oneself, as a zip."""
        return await self._client.exchange(
            "GET", "/v1/me/export", token=viewer.access_token, seconds=ARCHIVE_SECONDS
        )

    async def erase(self, by: Asking) -> None:
        """Erase one's account, for good."""
        await self._client.delete("/v1/me", params={"confirmation": "erase"}, **by.options)

    async def _create(self, viewer: Viewer, path: str, body: dict[str, JsonValue]) -> None:
        await self._client.post(
            path, Nothing, json=body, token=viewer.access_token, idempotency_key=str(uuid4())
        )

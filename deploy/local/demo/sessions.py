"""The sessions of the demo's own people, kept between runs: codes are few, and desks stay open."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Final

from deploy.local.demo.api import Api, Json, Person
from shared.http.client import ProblemAnswer

# The office's and the operators' well-known addresses are left to the people who try the demo:
# nobody gets a second code within half a minute.
OFFICE: Final[Json] = {"email": "demo-office@xiangyou.example"}
_NOTE: Final = "demo-sessions.json"


class Sessions:
    """Signs people in: by their last session where it is still good, else by a new code."""

    def __init__(self, api: Api, data_dir: Path) -> None:
        self._api = api
        self._path = data_dir / _NOTE
        self._lock = asyncio.Lock()

    async def of(self, contact: Json) -> Person:
        """Return somebody signed in, and keep the session for the next run."""
        name = str(next(iter(contact.values())))
        session = await self._renewed(self._read().get(name))
        if session is None:
            session = await self._api.start_session(contact)
        else:
            session = await self._api.with_second_factor(contact, session)
        await self._keep(name, session)
        keep = partial(self._keep, name)
        return Person(contact, session["access_token"], session["account_id"], keep)

    async def _keep(self, name: str, session: Json) -> None:
        async with self._lock:
            self._write({**self._read(), name: session["session_token"]})

    async def _renewed(self, token: str | None) -> Json | None:
        if token is None:
            return None
        body = {"session_token": token}
        try:
            session: Json = await self._api.call("accounts", "POST", "/v1/sessions/renewals", body)
        except ProblemAnswer:
            return None
        return session

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        kept: dict[str, str] = json.loads(self._path.read_text(encoding="utf-8"))
        return kept

    def _write(self, kept: dict[str, str]) -> None:
        draft = self._path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(kept), encoding="utf-8")
        draft.rename(self._path)

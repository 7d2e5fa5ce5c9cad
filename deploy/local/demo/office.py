"""The tourism office's session, kept between runs: a desk stays signed in, and codes are few."""

import json
from typing import Final

from deploy.local.demo.api import Api, Json, Person
from deploy.local.options import Options
from shared.http.client import ProblemAnswer

CONTACT: Final[Json] = {"email": "office@xiangyou.example"}


async def office_session(api: Api, options: Options) -> Person:
    """Return the office, signed in: by its last session, or by a new code."""
    path = options.data_dir / "office-session.json"
    session = await _renewed(api, path.read_text()) if path.exists() else None
    if session is None:
        session = await api.start_session(CONTACT)
    path.write_text(json.dumps({"session_token": session["session_token"]}))
    path.chmod(0o600)
    return Person(CONTACT, session["access_token"], session["account_id"])


async def _renewed(api: Api, kept: str) -> Json | None:
    try:
        session: Json = await api.call(
            "accounts", "POST", "/v1/sessions/renewals", json.loads(kept)
        )
    except ProblemAnswer:
        return None
    return session

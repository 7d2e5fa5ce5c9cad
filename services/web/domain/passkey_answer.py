"""What a browser answers about a passkey, as our script writes it into a form."""

import json
from collections.abc import Mapping

from pydantic import JsonValue


def read_answer(form: Mapping[str, str]) -> dict[str, JsonValue] | None:
    """Return the challenge and the credential; None for what no browser has written."""
    try:
        credential = json.loads(form.get("credential", ""))
    except ValueError:
        return None
    if not isinstance(credential, dict):
        return None
    return {"challenge_id": form.get("challenge_id", ""), "credential": credential}

"""The secrets of one stack: made once, kept in its data folder, readable by its owner only."""

import base64
import json
import secrets
from pathlib import Path
from typing import Final

from deploy.local.errors import LocalError
from deploy.local.files import write_whole

KEY_BYTES: Final = 32


class Keys:
    """Random 32-byte keys by name, in base64. A name that is new gets a new key."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._known: dict[str, str] = json.loads(file.read_text())
        except FileNotFoundError:
            self._known = {}
        except ValueError as error:
            raise LocalError(
                f"{file} is damaged: restore it, or remove the whole folder to start afresh."
            ) from error

    def key(self, name: str) -> str:
        """Return the key of that name, the same as in every earlier run."""
        if name not in self._known:
            self._known[name] = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, json.dumps(self._known, indent=2) + "\n", mode=0o600)
        return self._known[name]

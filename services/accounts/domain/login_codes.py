"""One-time codes: what they look like, how long they live, how they are kept."""

import hashlib
import hmac
import secrets
from typing import Final, Literal
from uuid import UUID

Purpose = Literal["login"]

DIGITS: Final = 6
LIFE_SECONDS: Final = 5 * 60
MOST_TRIES: Final = 5
RESEND_AFTER_SECONDS: Final = 30
SENDS_A_DAY: Final = 20


def new_code() -> str:
    """Return six random digits. They come from the system, never from a source that replays."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


class CodeHasher:
    """Hashes codes with a key of the server: a million codes are too few for a plain hash."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def hash(self, code: str, *, code_id: UUID, contact_index: bytes, purpose: Purpose) -> bytes:
        """Return the hash of a code, which holds for this contact, purpose and sending only."""
        message = b"\x00".join((purpose.encode(), code_id.bytes, contact_index, code.encode()))
        return hmac.new(self._key, message, hashlib.sha256).digest()

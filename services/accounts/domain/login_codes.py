"""One-time codes: what they look like, how long they live, how they are kept."""

import hashlib
import hmac
import secrets
from typing import Final, Literal
from uuid import UUID

Purpose = Literal["login", "contact"]

DIGITS: Final = 6
LIFE_SECONDS: Final = 5 * 60
MOST_TRIES: Final = 5
RESEND_AFTER_SECONDS: Final = 30
SENDS_A_DAY: Final = 20
# Twenty codes a day of five tries with the attempt and five without would be 200 tries a day, and
# 7 % in a year. After so many wrong ones in a week each code takes one try: under 1 % in a year.
MOST_WRONG_A_WEEK: Final = 30
TRIES_UNDER_ATTACK: Final = 1


def new_code() -> str:
    """Return six random digits. They come from the system, never from a source that replays."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def wrong_codes_index(contact_index: bytes, purpose: Purpose) -> bytes:
    """Return by what a contact's wrong codes are counted: those to add it don't hinder sign-ins.

    Whoever is erased has them forgotten by the same rule (`erasing.py`).
    """
    if purpose == "login":
        return contact_index
    return hashlib.sha256(purpose.encode() + contact_index).digest()


class CodeHasher:
    """Hashes codes with a key of the server: a million codes are too few for a plain hash."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def hash(self, code: str, *, code_id: UUID, contact_index: bytes, purpose: Purpose) -> bytes:
        """Return the hash of a code, which holds for this contact, purpose and sending only."""
        message = b"\x00".join((purpose.encode(), code_id.bytes, contact_index, code.encode()))
        return hmac.new(self._key, message, hashlib.sha256).digest()

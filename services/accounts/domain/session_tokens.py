"""Session tokens: secrets that are exchanged for a new one at each renewal."""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta
from enum import Enum, auto
from typing import Final

from shared.core.ids import random_token

LIFE_DAYS: Final = 30
SALT_BYTES: Final = 16
# Two tabs of a browser renew with the same token at nearly the same time, and a reply can be lost
# on a village's network: for this long the old token still leads to its successor.
GRACE: Final = timedelta(seconds=20)


class Verdict(Enum):
    """What a session token that came back is worth."""

    CURRENT = auto()
    JUST_REPLACED = auto()
    REUSED = auto()


def judge(replaced_since: timedelta | None) -> Verdict:
    """Judge a token by the time since it was replaced (None: it was not)."""
    if replaced_since is None:
        return Verdict.CURRENT
    return Verdict.JUST_REPLACED if replaced_since <= GRACE else Verdict.REUSED


def hash_token(token: str) -> bytes:
    """Return what is kept of a token; it has 256 random bits, so a plain hash will do."""
    return hashlib.sha256(token.encode()).digest()


def new_salt() -> bytes:
    """Return what a token's successor is made with, besides the token and the server's key."""
    return secrets.token_bytes(SALT_BYTES)


class SessionTokens:
    """Makes first tokens at random, and each next one from the one before it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def first(self) -> str:
        """Return the first token of a session."""
        return random_token()

    def next(self, token: str, salt: bytes) -> str:
        """Return the one successor of a token; it takes token, salt and key to know it."""
        digest = hmac.new(self._key, salt + token.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

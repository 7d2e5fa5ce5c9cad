"""Personal data at rest: AES-256-GCM with rotating keys, and blind indexes to look it up."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class SealBrokenError(Exception):
    """The sealed bytes were changed, or were sealed for another purpose or with a lost key."""


class Sealer:
    """Seals short texts for one purpose; what is sealed for one cannot be opened for another.

    `keys` maps a short key id to 32 bytes; `current` names the key for new seals. Older keys stay
    in the map until nothing sealed with them is left. `index_key` (32 bytes) never rotates,
    because a blind index must stay findable; who looks nothing up needs none.
    """

    def __init__(
        self, keys: Mapping[str, bytes], current: str, index_key: bytes | None = None
    ) -> None:
        given = (*keys.values(), *((index_key,) if index_key else ()))
        if any(len(key) != _KEY_BYTES for key in given):
            raise ValueError("sealing keys are 32 bytes long")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current
        self._index_key = index_key

    @property
    def mark(self) -> bytes:
        """What everything begins with that is sealed by the current key."""
        key_id = self._current.encode()
        return bytes([len(key_id)]) + key_id

    def seal(self, text: str, purpose: str) -> bytes:
        """Return `text` encrypted and authenticated, with the key's id in front."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), purpose.encode())
        return self.mark + nonce + sealed

    def open(self, sealed: bytes, purpose: str) -> str:
        """Return the text that was sealed for `purpose`.

        Raises SealBrokenError where the bytes, the purpose or the key are not the right ones.
        """
        end = 1 + sealed[0] if sealed else 0
        cipher = self._ciphers.get(sealed[1:end].decode("ascii", "replace"))
        if cipher is None:
            raise SealBrokenError("sealed with a key that is not known here")
        nonce, body = sealed[end : end + _NONCE_BYTES], sealed[end + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError("the sealed bytes are not what was sealed") from error

    def blind_index(self, text: str, purpose: str) -> bytes:
        """Return a keyed hash by which an exact value is found without being readable.

        Raises ValueError where the sealer was made without an index key.
        """
        if self._index_key is None:
            raise ValueError("this sealer has no key for blind indexes")
        message = purpose.encode() + b"\x00" + text.encode()
        return hmac.new(self._index_key, message, hashlib.sha256).digest()

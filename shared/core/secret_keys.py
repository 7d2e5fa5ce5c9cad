"""Secret keys as settings: 32 bytes in base64, by key id, with well-known ones for development."""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field, SecretStr

KEY_BYTES: Final = 32


def key_bytes(secret: SecretStr) -> bytes:
    """Return the 32 bytes of a key written in base64, with the URL alphabet or the usual one.

    Raises ValueError for anything else.
    """
    text = secret.get_secret_value().replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError("a key is written in base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError("a key is 32 bytes long")
    return key


def keys_by_id(secrets: Mapping[str, SecretStr]) -> dict[str, bytes]:
    """Return the bytes of several keys."""
    return {key_id: key_bytes(secret) for key_id, secret in secrets.items()}


def _checked(secret: SecretStr) -> SecretStr:
    key_bytes(secret)
    return secret


Key = Annotated[SecretStr, AfterValidator(_checked)]
KeyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


def development_key(purpose: str) -> SecretStr:
    """Return a fixed key that is the same on every developer's machine, and worth nothing."""
    return SecretStr(base64.urlsafe_b64encode(purpose.encode().ljust(KEY_BYTES, b".")).decode())

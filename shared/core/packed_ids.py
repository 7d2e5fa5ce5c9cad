"""Ids in as few characters as text allows, for what every request carries."""

import base64
from collections.abc import Iterable
from typing import Final
from uuid import UUID

_BYTES: Final = 16


def pack_ids(ids: Iterable[UUID]) -> str:
    """Return ids one after the other as unpadded base64url (RFC 4648 §5), in their order."""
    packed = b"".join(one.bytes for one in sorted(ids))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def unpack_ids(text: str) -> list[UUID]:
    """Return the ids of a text. Raises ValueError where it is none of ours."""
    packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if not packed or len(packed) % _BYTES:
        raise ValueError("these are no ids")
    return [UUID(bytes=packed[at : at + _BYTES]) for at in range(0, len(packed), _BYTES)]

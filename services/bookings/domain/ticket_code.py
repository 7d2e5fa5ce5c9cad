"""The code in a ticket's QR: verified at the gate with a public key, without a network.

`XY1` + key id + `.` + base 32 of (line id, ordinal, last day, Ed25519 signature). Only characters
of the QR code's alphanumeric mode occur, which keeps the picture coarse enough for an old phone.
The signature (RFC 8032) covers everything before it, the key id included.
"""

import base64
import binascii
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_FORM: Final = re.compile(r"XY1([A-Z0-9]{1,8})\.([A-Z2-7]{138})")
_BODY: Final = struct.Struct(">16sHI")


class NotGenuineError(Exception):
    """The code was not signed by us, or was changed."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which ticket it is: the `ordinal`th (from 1) of an order line, good until `last_day`."""

    line_id: UUID
    ordinal: int
    last_day: date


def sign(ticket: Ticket, key_id: str, key: Ed25519PrivateKey) -> str:
    """Return the ticket's code, signed with the key that `key_id` names."""
    body = _BODY.pack(ticket.line_id.bytes, ticket.ordinal, ticket.last_day.toordinal())
    signature = key.sign(key_id.encode() + body)
    return f"XY1{key_id}.{_base32(body + signature)}"


def verify(code: str, keys: Mapping[str, Ed25519PublicKey]) -> Ticket:
    """Return the ticket that a genuine code stands for. Raises NotGenuineError."""
    match = _FORM.fullmatch(code)
    if match is None or match[1] not in keys:
        raise NotGenuineError
    try:
        content = base64.b32decode(match[2] + "=" * (-len(match[2]) % 8))
        if _base32(content) != match[2]:
            # Base 32 leaves unused bits at the end: only one spelling of a ticket is genuine.
            raise NotGenuineError
        body, signature = content[: _BODY.size], content[_BODY.size :]
        keys[match[1]].verify(signature, match[1].encode() + body)
    except (InvalidSignature, binascii.Error):
        raise NotGenuineError from None
    line_id, ordinal, last_day = _BODY.unpack(body)
    return Ticket(UUID(bytes=line_id), ordinal, date.fromordinal(last_day))


def _base32(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=")

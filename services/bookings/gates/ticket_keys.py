"""The keys that sign tickets: one signs today, older ones still verify."""

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.bookings.domain.ticket_code import Ticket, sign, verify


class TicketKeys:
    """Signs and verifies ticket codes; `seeds` maps key ids to 32 secret bytes each.

    `current` is the id of the key that signs. A new one is published before it signs, and an old
    one verifies until its last ticket is past.
    """

    def __init__(self, seeds: Mapping[str, bytes], current: str) -> None:
        self._private = {
            key_id: Ed25519PrivateKey.from_private_bytes(seed) for key_id, seed in seeds.items()
        }
        self._public = {key_id: key.public_key() for key_id, key in self._private.items()}
        self.current = current

    def sign(self, ticket: Ticket) -> str:
        """Return the ticket's code, signed with today's key."""
        return sign(ticket, self.current, self._private[self.current])

    def verify(self, code: str) -> Ticket:
        """Return the ticket of a genuine code. Raises NotGenuineError."""
        return verify(code, self._public)

    def published(self) -> dict[str, str]:
        """Return the public keys by id, in base 64, for gates that verify offline."""
        return {
            key_id: base64.b64encode(key.public_bytes_raw()).decode()
            for key_id, key in self._public.items()
        }

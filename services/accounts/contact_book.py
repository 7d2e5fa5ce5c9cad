"""Names and addresses as they are kept: sealed, and found by a keyed hash."""

from uuid import UUID

from services.accounts.domain.contacts import Channel, Contact
from shared.core.sealing import Sealer


class ContactBook:
    """Seals for one account and one purpose: what is moved to another row does not open there."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def index(self, contact: Contact) -> bytes:
        """Return the keyed hash by which a contact is found."""
        return self._sealer.blind_index(contact.address, contact.channel)

    def network_index(self, network: str) -> bytes:
        """Return the keyed hash that stands for a network."""
        return self._sealer.blind_index(network, "network")

    def seal(self, contact: Contact, account_id: UUID) -> bytes:
        """Return a contact's address, sealed for an account."""
        return self._sealer.seal(contact.address, f"{contact.channel}:{account_id}")

    def open(self, sealed: bytes | None, channel: Channel, account_id: UUID) -> str | None:
        """Return an account's address, where there is one."""
        return None if sealed is None else self._sealer.open(sealed, f"{channel}:{account_id}")

    def seal_name(self, name: str | None, account_id: UUID) -> bytes | None:
        """Return a person's name, sealed for their account."""
        return None if name is None else self._sealer.seal(name, f"name:{account_id}")

    def open_name(self, sealed: bytes | None, account_id: UUID) -> str | None:
        """Return the name of an account's person, where it is known."""
        return None if sealed is None else self._sealer.open(sealed, f"name:{account_id}")

    def seal_child(self, name: str, child_id: UUID) -> bytes:
        """Return a child's name, sealed for this child."""
        return self._sealer.seal(name, f"child:{child_id}")

    def open_child(self, sealed: bytes, child_id: UUID) -> str:
        """Return a child's name."""
        return self._sealer.open(sealed, f"child:{child_id}")

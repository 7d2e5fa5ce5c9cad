"""What the accounts service tells the others. No personal data: ids only."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.event import Event


class AccountRegistered(Event):
    """A person used a one-time code for the first time and has an account now."""

    event_type: ClassVar[str] = "account.registered.v1"
    topic: ClassVar[str] = "accounts.account"

    account_id: UUID

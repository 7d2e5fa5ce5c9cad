"""What the accounts service tells the others. No personal data: ids only."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.event import Event


class AccountRegistered(Event):
    """A person used a one-time code for the first time and has an account now."""

    event_type: ClassVar[str] = "account.registered.v1"
    topic: ClassVar[str] = "accounts.account"

    account_id: UUID


class AccountErased(Event):
    """A person had their account erased; nobody may hold their name, address or number any more.

    What the law keeps goes on naming the account's id, which leads to nobody (PIPL article 47).
    """

    event_type: ClassVar[str] = "account.erased.v1"
    topic: ClassVar[str] = "accounts.account"

    account_id: UUID


class AccountDeactivated(Event):
    """The office closed an account: its person is signed out and can't sign in."""

    event_type: ClassVar[str] = "account.deactivated.v1"
    topic: ClassVar[str] = "accounts.account"

    account_id: UUID


class AccountReactivated(Event):
    """The office let a closed account in again."""

    event_type: ClassVar[str] = "account.reactivated.v1"
    topic: ClassVar[str] = "accounts.account"

    account_id: UUID

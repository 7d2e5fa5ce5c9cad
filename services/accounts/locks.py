"""In which order rows are locked, in every transaction of accounts: nobody waits in a circle.

0. One-time codes, and what is counted of them.
1. The organisation (`members.lock_organisation`), several by their ids; then its memberships.
2. The office (`officers.lock_office`).
3. The account. Of two accounts in one transaction one is locked, the other only named.
4. What belongs to the account: contacts, sessions and their tokens, passkeys, authenticators,
   recovery codes, tries, API keys.

Whoever comes from a later one, such as a session's token or a passkey, looks its account up without
a lock, locks the account, and looks again.
"""

from typing import Final
from uuid import UUID

from shared.db import Connection

LOCK: Final = """
    select true from accounts where id = $1 and deactivated_at is null for no key update
"""
LOCK_CLOSED: Final = """
    select true from accounts
    where id = $1 and deactivated_at is not null and erased_at is null
    for no key update
"""


async def lock_account(conn: Connection, account_id: UUID) -> bool:
    """Lock an account until the transaction ends; tell whether there is one that is in use."""
    return bool(await conn.fetchval(LOCK, account_id))


async def lock_closed_account(conn: Connection, account_id: UUID) -> bool:
    """Lock an account that was deactivated and not erased; tell whether there is one."""
    return bool(await conn.fetchval(LOCK_CLOSED, account_id))

"""What a membership gives and takes: room for one more, its end, the tokens that carry it."""

from typing import Final
from uuid import UUID

from services.accounts.errors import InvitationNotPossible, TooManyMemberships
from services.accounts.members import Member, check_owned
from services.accounts.rights import change_rights, show_rights
from shared.db import Connection

# Access tokens carry all of them.
MOST_MEMBERSHIPS: Final = 10
# Nobody's page is filled by strangers; whoever really asks waits until others were answered.
MOST_INVITATIONS: Final = 20

# Whoever gives an account another membership waits here for each other, so that each is counted.
LOCK_ACCOUNT: Final = "select 1 from accounts where id = $1 for no key update"
COUNT_ACCEPTED: Final = """
    select count(*) from organisation_members where account_id = $1 and accepted_at is not null
"""
COUNT_INVITATIONS: Final = """
    select count(*) from organisation_members where account_id = $1 and accepted_at is null
"""
REMOVE: Final = """
    delete from organisation_members where organisation_id = $1 and account_id = $2
"""
# What a colleague made that leaves is nobody's any more.
REVOKE_KEYS: Final = """
    update api_keys
    set revoked_at = clock_timestamp(), revoked_by = $3
    where organisation_id = $1 and created_by = $2 and revoked_at is null
"""


async def check_room(conn: Connection, account_id: UUID, *, added: int = 0) -> None:
    """Raise TooManyMemberships unless an account may have one more; locks the account.

    `added` are those that the transaction has written down already.
    """
    await conn.execute(LOCK_ACCOUNT, account_id)
    if await conn.fetchval(COUNT_ACCEPTED, account_id) - added >= MOST_MEMBERSHIPS:
        raise TooManyMemberships(most=MOST_MEMBERSHIPS)


async def check_invitations(conn: Connection, account_id: UUID) -> None:
    """Raise InvitationNotPossible where an account has too many with this one; locks the account.

    Whoever invites learns nothing of who else does.
    """
    await conn.execute(LOCK_ACCOUNT, account_id)
    if await conn.fetchval(COUNT_INVITATIONS, account_id) > MOST_INVITATIONS:
        raise InvitationNotPossible


async def end_membership(conn: Connection, member: Member, ended_by: UUID) -> None:
    """End a membership or an invitation, with the member's API keys; the organisation is locked.

    Raises LastOwner where nobody would own the organisation any more.
    """
    await conn.execute(REMOVE, member.organisation_id, member.account_id)
    if member.is_owner:
        await check_owned(conn, member.organisation_id)
    await conn.execute(LOCK_ACCOUNT, member.account_id)
    await conn.execute(REVOKE_KEYS, member.organisation_id, member.account_id, ended_by)
    await change_rights_of(conn, member)


async def change_rights_of(conn: Connection, member: Member) -> None:
    """End the tokens that carry a membership; an invitation is in none."""
    if member.is_accepted:
        await change_rights(conn, member.account_id)
    else:
        await show_rights(conn, member.account_id)

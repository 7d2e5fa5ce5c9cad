"""Changing how a person is reached: what goes, who is told of it, and what ends with it."""

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from services.accounts.domain.contacts import Channel
from services.accounts.errors import NamedBySetting
from services.accounts.revocations import end_sessions
from shared.db import Connection, fetch_first
from shared.http.access import Caller
from shared.messaging import audit

Change = Literal["added", "replaced", "removed"]


@dataclass(frozen=True, slots=True)
class Gone:
    """A contact that an account has no longer."""

    channel: Channel


# By one of its contacts, as the settings say; without this one by none.
ONLY_IT_IS_NAMED: Final = """
    select bool_or(channel = $2) and not bool_or(channel <> $2)
    from contact_points
    where account_id = $1 and blind_index = any($3::bytea[])
"""
# Before the change, so that the contact that goes is told too: it may be somebody else's doing.
TELL: Final = """
    insert into contact_notices (
        notice_id, account_id, channel, address, changed_channel, change
    )
    select gen_random_uuid(), account_id, channel, address, $2, $3
    from contact_points
    where account_id = $1
"""
TAKE: Final = """
    delete from contact_points where account_id = $1 and channel = $2 returning channel
"""
SHOW: Final = "update accounts set version = version + 1 where id = $1"


async def keep_in_office(
    conn: Connection,
    account_id: UUID,
    channel: Channel,
    office: frozenset[bytes],
    *,
    comes: bytes | None = None,
) -> None:
    """Raise NamedBySetting where the contact that goes is what makes its owner a director.

    `office` are the hashed contacts that the settings name; `comes` is the one that takes its
    place, and may be another of them. Without it the office would be lost at the next sign-in, and
    nobody asked.
    """
    if comes in office:
        return
    if await conn.fetchval(ONLY_IT_IS_NAMED, account_id, channel, office):
        raise NamedBySetting


async def tell_contacts(
    conn: Connection, account_id: UUID, changed: Channel, change: Change
) -> None:
    """Have all contacts that the account has now told what is about to change."""
    await conn.execute(TELL, account_id, changed, change)


async def take_contact(conn: Connection, caller: Caller, channel: Channel) -> bool:
    """Take a contact from the caller's account, if there is one; tell whether there was.

    All other sessions of the account end: whoever has the number now may have opened one.
    """
    gone = await fetch_first(conn, Gone, TAKE, caller.person, channel)
    if gone is None:
        return False
    await end_sessions(conn, caller.person, "ended_elsewhere", but=caller.session_id)
    return True


async def record_change(conn: Connection, caller: Caller, changed: Channel, change: Change) -> None:
    """Count the change in the account's version, and write it into the audit log."""
    await conn.execute(SHOW, caller.person)
    await audit.record(
        conn,
        caller,
        action=f"account.contact_{change}",
        subject=caller.person,
        details={"channel": changed},
    )

"""Forget people who were named by others, and never signed in."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from shared.core.retention import NAMED_PERSON
from shared.db import Connection, acquire, delete_in_chunks, transaction
from shared.http.keys import DATABASE

# An invitation to somebody who has used the platform waits for as long as they like.
END_INVITATIONS: Final = """
    delete from organisation_members
    where (organisation_id, account_id) in (
        select member.organisation_id, member.account_id
        from organisation_members as member
        join accounts as account on account.id = member.account_id
        where member.accepted_at is null
            and member.added_at < now() - $1::interval
            and account.registered_at is null
        limit 1000
    )
        and accepted_at is null
"""
# Whoever names one of them at this moment holds the account's row, and keeps it (registration.py).
# A closed account stays, because it keeps somebody out.
LOCK_NAMED: Final = """
    select account.id
    from accounts as account
    where account.registered_at is null
        and account.deactivated_at is null
        and account.created_at < now() - $1::interval
        and ($2::uuid[] is null or account.id = any($2))
        and exists (select from contact_points where account_id = account.id)
        and not exists (select from organisation_members where account_id = account.id)
        and not exists (select from office_members where account_id = account.id)
        and not exists (select from booking_roles where account_id = account.id)
    limit 500
    for update skip locked
"""
FORGET_CONTACTS: Final = "delete from contact_points where account_id = any($1::uuid[])"
# Where somebody has read or closed it, that stays on the record with an id that leads to nobody.
FORGET_ACCOUNTS: Final = """
    delete from accounts as account
    where id = any($1::uuid[])
        and not exists (select from personal_data_reads where account_id = account.id)
        and not exists (select from account_closures where account_id = account.id)
"""


async def forget_who_never_came(app: web.Application) -> None:
    """Delete the contacts of people who never signed in and have no role, after their period.

    No other service knows of them: an account is told of when its person first signs in.
    """
    async with acquire(app[DATABASE]) as conn:
        await delete_in_chunks(conn, END_INVITATIONS, NAMED_PERSON.kept)
    found = True
    while found:
        async with transaction(app[DATABASE]) as conn:
            found = await _forget_some(conn, NAMED_PERSON.kept)


async def _forget_some(conn: Connection, kept: timedelta) -> bool:
    """Forget the next ones; tell whether there were any."""
    locked = await _lock(conn, kept, None)
    # Once more, after the lock: somebody may have named them meanwhile.
    forgotten = await _lock(conn, kept, locked)
    await conn.execute(FORGET_CONTACTS, forgotten)
    await conn.execute(FORGET_ACCOUNTS, forgotten)
    return bool(forgotten)


async def _lock(conn: Connection, kept: timedelta, among: list[UUID] | None) -> list[UUID]:
    return [row["id"] for row in await conn.fetch(LOCK_NAMED, kept, among)]

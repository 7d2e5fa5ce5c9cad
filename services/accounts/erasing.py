"""Taking everything personal out of an account, in one transaction.

What stays is a row with nothing in it, because decisions, orders and the audit log name its id.
"""

from typing import Final
from uuid import UUID

from services.accounts.api_keys import end_keys
from services.accounts.locks import lock_account, lock_closed_account
from services.accounts.members import check_owned, lock_organisation
from services.accounts.officers import check_directed, lock_office
from services.accounts.revocations import end_sessions, revoke_tokens
from shared.contracts.accounts import AccountErased
from shared.core.errors import NotFound
from shared.db import Connection
from shared.messaging import outbox

FIND_ORGANISATIONS: Final = """
    select organisation_id
    from organisation_members
    where account_id = $1 and role = 'owner' and accepted_at is not null
    order by organisation_id
"""
LEAVE_ORGANISATIONS: Final = "delete from organisation_members where account_id = $1"
LEAVE_OFFICE: Final = "delete from office_members where account_id = $1"
# Sealed names and addresses, keyed hashes, second factors, passkeys, children, kept answers.
FORGET_BOOKING_ROLES: Final = "delete from booking_roles where account_id = $1"
# By the contacts, and before everything else: whoever signs in holds a code, then the account.
# The codes go with the count of their sends.
FORGET_CODES: Final = """
    delete from login_code_sends
    where contact_index in (select blind_index from contact_points where account_id = $1)
"""
FORGET_WRONG_CODES: Final = """
    delete from wrong_codes
    where contact_index in (
        select counted
        from contact_points
        cross join lateral (
            values (blind_index), (sha256('contact'::bytea || blind_index))
        ) as by_purpose (counted)
        where account_id = $1
    )
"""
FORGET_CONTACT_NOTICES: Final = "delete from contact_notices where account_id = $1"
FORGET_CONTACT_POINTS: Final = "delete from contact_points where account_id = $1"
FORGET_AUTHENTICATORS: Final = "delete from authenticators where account_id = $1"
FORGET_RECOVERY_CODES: Final = "delete from recovery_codes where account_id = $1"
FORGET_SECOND_FACTOR_TRIES: Final = "delete from second_factor_tries where account_id = $1"
FORGET_PASSKEYS: Final = "delete from passkeys where account_id = $1"
FORGET_PASSKEY_CHALLENGES: Final = "delete from passkey_challenges where account_id = $1"
FORGET_CHILDREN: Final = "delete from children where guardian_id = $1"
FORGET_SESSIONS: Final = "delete from sessions where account_id = $1"
FORGET_IDEMPOTENCY_KEYS: Final = (
    "delete from idempotency_keys where caller = 'account:' || $1::uuid"
)
FORGET: Final = (
    FORGET_BOOKING_ROLES,
    FORGET_CONTACT_NOTICES,
    FORGET_CONTACT_POINTS,
    FORGET_AUTHENTICATORS,
    FORGET_RECOVERY_CODES,
    FORGET_SECOND_FACTOR_TRIES,
    FORGET_PASSKEYS,
    FORGET_PASSKEY_CHALLENGES,
    FORGET_CHILDREN,
    FORGET_SESSIONS,
    FORGET_IDEMPOTENCY_KEYS,
)
CLOSE: Final = """
    update accounts
    set
        name = null,
        language = 'zh',
        deactivated_at = coalesce(deactivated_at, now()),
        erased_at = now(),
        version = version + 1,
        events_told = events_told + 1
    where id = $1 and erased_at is null
    returning events_told
"""
# Why an account was closed or let in again, why data was read: of columns that only grow.
FORGET_WORDS: Final = "select forget_words_about($1)"


async def erase(conn: Connection, account_id: UUID, *, is_closed: bool = False) -> None:
    """Erase an account and tell the others, in the caller's transaction; locks as `locks.py` says.

    Raises LastOwner and LastDirector where an organisation or the office would be nobody's, and
    NotFound where there is nobody to erase any more: no open account, or else no closed one.
    """
    await conn.execute(FORGET_CODES, account_id)
    await conn.execute(FORGET_WRONG_CODES, account_id)
    owned = [row["organisation_id"] for row in await conn.fetch(FIND_ORGANISATIONS, account_id)]
    for organisation_id in owned:
        await lock_organisation(conn, organisation_id)
    await conn.execute(LEAVE_ORGANISATIONS, account_id)
    for organisation_id in owned:
        await check_owned(conn, organisation_id)
    await _leave_office(conn, account_id)
    if not await (lock_closed_account if is_closed else lock_account)(conn, account_id):
        raise NotFound
    await end_keys(conn, account_id, account_id)
    await end_sessions(conn, account_id, "deactivated")
    await revoke_tokens(conn, account_id)
    for statement in FORGET:
        await conn.execute(statement, account_id)
    told: int | None = await conn.fetchval(CLOSE, account_id)
    if told is None:
        raise NotFound
    await conn.execute(FORGET_WORDS, account_id)
    await outbox.add(conn, AccountErased(account_id=account_id), subject=account_id, version=told)


async def _leave_office(conn: Connection, account_id: UUID) -> None:
    await lock_office(conn)
    if await conn.execute(LEAVE_OFFICE, account_id) != "DELETE 0":
        await check_directed(conn)
